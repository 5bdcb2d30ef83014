"""The parts every screen shares."""

from django import template

register = template.Library()

# kind: (the words of the code that wear it)
_KINDS = {
    "ok": {"accepted", "registered", "finished", "linked", "visible", "yes", "ok", "sent"},
    "warn": {
        "unknown",
        "paused",
        "in_wecom",
        "not_followed",
        "not_registered",
        "out_of_range",
        "stopped",
        "no_longer",
        "missing",
        "warning",
    },
    "bad": {"failed", "unreachable", "unlicensed", "refused", "bad"},
    "info": {
        "waiting",
        "preparing",
        "sending",
        "confirmed",
        "started",
        "draft",
        "running",
        "awaiting",
        "scheduled",
        "invited",
    },
}
_ICONS = {"ok": "✓", "warn": "!", "bad": "✕", "info": "…", "plain": "–"}


@register.inclusion_tag("components/status.html")
def status(code, label):
    """A word in a pill with an icon, never colour alone."""
    kind = next((kind for kind, codes in _KINDS.items() if str(code) in codes), "plain")
    return {"kind": kind, "icon": _ICONS[kind], "label": label}


@register.simple_tag
def percent(part, whole):
    """For the width of a bar drawn in SVG."""
    return round(100 * part / whole, 2) if whole else 0
