from django.utils.translation import gettext_lazy as _

from portal.help.pages import Page, holders_of, register

register(
    Page("my-details", _("My Details"), lambda user: user.is_authenticated, ("my-details", "propose")),
    Page("people", _("The directory"), holders_of("people.view"), ("people", "person")),
    Page(
        "changing-people",
        _("Adding, mending, leaving"),
        holders_of("people.change"),
        ("add-person", "change-person", "leave", "merge", "proposals"),
    ),
    Page("importing", _("Importing people from a table"), holders_of("people.import"), ("imports", "import")),
)
