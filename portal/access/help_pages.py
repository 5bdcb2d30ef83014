from django.utils.translation import gettext_lazy as _

from portal.help.pages import Page, holders_of, register


def _works_here(user):
    person = getattr(user, "person", None)
    return user.is_authenticated and (person is None or person.works_here or bool(user.get_all_permissions()))


register(
    Page("dashboard", _("Finding your way"), _works_here, ("dashboard",)),
    Page(
        "signing-in",
        _("Signing in"),
        lambda user: True,
        ("sign-in", "second-step", "prove", "forgotten", "forgotten-sent", "choose-password"),
    ),
    Page(
        "second-factor",
        _("Your second factor"),
        _works_here,
        ("factors", "add-app", "add-passkey", "recovery-codes"),
    ),
    Page(
        "accounts",
        _("When somebody cannot sign in"),
        holders_of("access.view_accounts"),
        ("accounts", "account", "account-of-nobody"),
    ),
    Page(
        "sign-ins",
        _("Making sign-ins, and letters by e-mail"),
        holders_of("access.manage_accounts"),
        ("sign-ins", "letters"),
    ),
    Page("viewing-as", _("Viewing as somebody else"), holders_of("access.impersonate"), ("impersonate",)),
    Page(
        "profiles",
        _("Who may do what"),
        holders_of("access.manage_profiles"),
        ("profiles", "profile", "rename-profile", "delete-profile"),
    ),
    Page("one-person", _("What is held about somebody"), lambda user: user.is_superuser, ("held",)),
)
