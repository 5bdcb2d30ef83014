from django.utils.translation import gettext_lazy as _

from portal import menu

from .words import acts, labels, things, vocabulary

acts("accounts", "looked at the audit trail", "downloaded the audit trail", "dropped a sealed block of the trail")
labels(asked=_("asked for"), events=_("events"), until=_("up to"))


@vocabulary
def _options():
    return {option.permission: option.label for option in menu.options()}


@things("block", _("block"))
def _blocks(numbers):
    """Their numbers say it all."""
    return {}
