from django.utils.translation import gettext_lazy as _

from portal.help.pages import Page, holders_of, register

register(
    Page("school-settings", _("What the school sets itself"), holders_of("school.change"), ("school-settings", "kept"))
)
