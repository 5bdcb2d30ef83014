from django.utils.translation import gettext_lazy as _

from portal.help import guides, pages
from portal.help.pages import Page, holders_of


def _is_staff(user):
    person = getattr(user, "person", None)
    return not user.is_authenticated or person is None or person.works_here


def _is_family(user):
    person = getattr(user, "person", None)
    return not user.is_authenticated or person is None or person.is_family


_STEPS = ("registration:code", "registration:step", "registration:registered", "registration:stop")

# The first two can be read before signing in: whoever is stuck on the way in needs them most.
pages.register(
    Page("family-registration", _("Registering as a contact or pupil"), _is_family, _STEPS),
    Page("staff-registration", _("Registering as staff"), _is_staff, _STEPS),
    Page(
        "registrations",
        _("Who has registered, and who needs somebody"),
        holders_of("registration.view"),
        ("registration:registrations", "registration:people"),
    ),
    Page(
        "inviting",
        _("Inviting people"),
        holders_of("registration.invite"),
        (
            *("registration:invitations", "registration:run", "registration:invited", "registration:hand-outs"),
            "registration:remind",
        ),
    ),
    Page(
        "personal-codes",
        _("Letters with personal codes"),
        holders_of("registration.print_codes"),
        ("registration:personal-codes",),
    ),
    Page(
        "pupils-registration",
        _("Which pupils may register"),
        holders_of("registration.set_years"),
        ("registration:years",),
    ),
    Page(
        "members-to-remove",
        _("Removing members at WeCom"),
        holders_of("registration.remove_members"),
        ("registration:members-to-remove",),
    ),
)
guides.register(
    guides.Guide(
        "staff-registration",
        _("Staff registration guide"),
        ("staff-registration", "signing-in", "my-details", "second-factor"),
    ),
    guides.Guide(
        "family-registration",
        _("Contact and pupil registration guide"),
        ("family-registration", "signing-in", "my-details", "school-messages"),
    ),
)
