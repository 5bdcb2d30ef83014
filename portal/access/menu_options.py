from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(
    Option("access.view_accounts", "accounts", _("Accounts"), _("Sign-ins of people"), url_name="accounts"),
    Option(
        "access.manage_accounts",
        "accounts",
        _("Make and lock sign-ins"),
        _("Make, lock and reset them, and end sessions; needs “Accounts”"),
    ),
    Option("access.impersonate", "accounts", _("Impersonate"), _("See the portal as somebody else sees it")),
    Option(
        "access.manage_profiles",
        "accounts",
        _("Administrator Profiles"),
        _("Who may open which menu option"),
        url_name="profiles",
    ),
)
