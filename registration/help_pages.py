from django.utils.translation import gettext_lazy as _

from portal.help import Page, register


def _is_staff(user):
    person = getattr(user, "person", None)
    return not user.is_authenticated or person is None or person.is_staff_member


def _is_family(user):
    person = getattr(user, "person", None)
    return not user.is_authenticated or person is None or person.is_family


# Both can be read before signing in: whoever is stuck on the way in needs them most.
register(
    Page("staff-registration", _("Registering as staff"), "help/staff_registration.html", _is_staff),
    Page("family-registration", _("Registering as a contact or pupil"), "help/family_registration.html", _is_family),
)
