from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(
    Option("people.view", "people", _("Directory"), _("Everybody the school knows"), url_name="people"),
    Option(
        "people.change",
        "people",
        _("Add and change people"),
        _("Names, numbers, roles, who leaves and when; proposed corrections; needs “Directory”"),
    ),
    Option(
        "people.import",
        "people",
        _("Import people"),
        _("Bring people in from a table, and see before what it changes"),
        url_name="imports",
    ),
)
