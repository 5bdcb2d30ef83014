from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(
    Option(
        "school.change",
        "setup",
        _("Settings of the school"),
        _("Contact, invitations, answers"),
        url_name="school-settings",
    )
)
