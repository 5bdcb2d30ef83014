"""The parts every screen shares."""

import re

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language

from portal.help.pages import page_about
from portal.tones import Tone

register = template.Library()


@register.simple_tag
def status(state, label=""):
    """A word in a pill with an icon, never colour alone: a state with a tone and words, or a tone and its words."""
    tone = getattr(state, "tone", None) or Tone(state)
    pill = '<span class="pill pill-{}"><span aria-hidden="true">{}</span> {}</span>'
    return format_html(pill, tone, tone.icon, label or state.label)


@register.simple_tag
def percent(part, whole):
    """For the width of a bar drawn in SVG."""
    return round(100 * part / whole, 2) if whole else 0


@register.simple_tag
def moment(at):
    """A date and time as the reader writes it, with the full moment for whoever points at it."""
    at = localtime(at)
    full, short = at.isoformat(), date_format(at, "SHORT_DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', full, full, short)


# What a button that posts may look like: {word: classes}.
_BUTTONS = {
    "main": "button",
    "plain": "button button-plain",
    "danger": "button button-danger",
    "link": "link",
}


@register.inclusion_tag("components/post_button.html")
def post_button(
    label, address, *arguments, kind="plain", inline=False, once=False, about="", aria_label="", shown="", creation=""
):
    """What changes something is posted, so its button is a form: `{% post_button _("Stop") "messaging:stop" pk %}`.

    `inline` stands in a line with others, `once` is pressed once only, `shown` is what the page had, and
    `creation` the token of what it makes: pressed twice it makes one. Where there are many of them `about` says behind the label, for those who hear the page, whom it is about; `aria_label` says all
    of it.
    """
    return {
        "label": format_html('{}<span class="sr-only"> {}</span>', label, about) if about else label,
        "address": reverse(address, args=arguments),
        "classes": _BUTTONS[kind],
        "inline": inline,
        "once": once,
        "aria_label": aria_label,
        "shown": str(shown),
        "creation": creation,
    }


def _help_about_this(context):
    """The address of the help page about this screen that the reader may read, or ""."""
    here = getattr(context.get("request"), "resolver_match", None)
    user = context.get("user")  # none on a page that is shown while the database is away
    page = page_about(here.view_name, user) if here and user else None
    return reverse("help-page", args=[page.slug]) if page else ""


@register.inclusion_tag("components/help_link.html", takes_context=True)
def help_link(context):
    """The “?” of a screen; none where no help page about it is for this reader."""
    return {"address": _help_about_this(context)}


@register.simple_tag(takes_context=True)
def help_address(context):
    """Where “Help” leads: to what is about this screen, or to all of it."""
    return _help_about_this(context) or reverse("help")


@register.inclusion_tag("help/_picture.html")
def picture(name, alt):
    """A screen as a help page shows it, in the reader's language."""
    return {"file": f"help/{get_language()}/{name}.webp", "alt": alt}


@register.inclusion_tag("components/menu_link.html", takes_context=True)
def menu_link(context, address, label, hint=""):
    """A line of the menu; it knows whether it is the page one is on."""
    address = reverse(address)
    return {
        "address": address,
        "is_here": context["request"].path == address,
        "label": label,
        "hint": format_html("<small>{}</small>", hint) if hint else "",
    }


_BLANK_CELL = re.compile(r"(<t[dh]\b[^>]*>)\s+(</t[dh]>)")


@register.simple_block_tag
def table(content, caption, shape="stacked"):
    """A table by its caption, which eyes find in the heading above it.

    On a phone a row of a stacked table is a card: its first cell the heading, the others beside their `data-label`. A cell
    of blanks alone is made an empty one, so that no label stands beside nothing.
    """
    return format_html(
        '<div class="table-wrap" tabindex="0"><table class="{}"><caption class="sr-only">{}</caption>{}</table></div>',
        shape,
        caption,
        mark_safe(_BLANK_CELL.sub(r"\1\2", content)),  # noqa: S308 rendered already: nothing but blanks is taken out
    )


@register.inclusion_tag("components/no_rows.html")
def no_rows(columns, sentence, address="", label=""):
    """The row of a table without any, with what to do next."""
    return {
        "span": columns,
        "sentence": sentence,
        "address": address and reverse(address),
        "label": label,
    }


@register.inclusion_tag("components/person.html")
def person(somebody):
    """A name, and what tells two of that name apart."""
    return {"person": somebody}


@register.inclusion_tag("components/found_person.html")
def found_person(somebody):
    """One of those whom a search found, `with_family()`: with the groups and children by whom the reader knows them."""
    return {"person": somebody}


@register.inclusion_tag("components/pair.html")
def pair(part, whole):
    """So many of so many, as the reader's language says it."""
    return {"part": part, "whole": whole}
