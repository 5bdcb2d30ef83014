from django.utils.translation import gettext_lazy as _

from portal.help.pages import Page, register


def _can_be_told(user):
    return bool(user.get_all_permissions())


register(Page("notices", _("What you are told"), _can_be_told, ("notices", "notice-choices")))
