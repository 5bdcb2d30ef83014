"""A person's registrations: what they gave goes, and their member at WeCom with it."""

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.doorbell import ring
from portal.people.models import Person, User
from portal.people.one_person.parts import Held, Part, part, plain
from wechat_admin.models import EnterpriseAccount

from .at_wecom import WORK
from .models import GuardianConsent, Invitation, Opened, PersonalCode, Registration
from .steps.actions import withdraw

GIVEN = {"mobile": "", "email": "", "known_by": ""}


@part
class Registrations(Part):
    name = "registrations"
    models = ("registration.Registration", "registration.PersonalCode", "registration.Opened")
    # That somebody was written to, and that a guardian agreed, on which day; whom, nobody can tell any more.
    stays = ("registration.Invitation", "registration.GuardianConsent")

    def export(self, rows: list[Person]) -> Held:
        consents = GuardianConsent.objects.filter(Q(pupil__in=rows) | Q(guardian__in=rows))
        of_consents = ("pupil__reference", "guardian__reference", "version", "language", "given_at", "withdrawn_at")
        return {
            gettext_noop("Registrations"): plain(
                Registration.objects.filter(person__in=rows),
                *("status", "started_at", "consented_at", "consent_version", "consent_language", "mobile", "email"),
                *("userid", "registered_at", "no_longer_at", "withdrawn_at", "removed_at", "nothing_came_at"),
            ),
            gettext_noop("Guardians' consent"): plain(consents, *of_consents),
            gettext_noop("Invitations"): plain(Invitation.objects.filter(person__in=rows), "run__way", "created_at"),
            gettext_noop("Personal codes"): plain(PersonalCode.objects.filter(person__in=rows), "way", "made_at"),
            gettext_noop("When they opened the registration"): plain(Opened.objects.filter(person__in=rows), "at"),
        }

    def losses(self, rows: list[Person]) -> list[str]:
        if not Registration.objects.filter(person__in=rows).exists():
            return []
        return [
            _("Their registration. They receive nothing any more, and their member at WeCom is removed."),
            _("The number they gave is kept until WeCom has removed the member: by it WeCom shows whose it is."),
        ]

    def erase(self, rows: list[Person], by: User | None) -> None:
        keys = [row.pk for row in rows]
        for registration in Registration.objects.open().filter(person__in=keys).select_related("person"):
            withdraw(registration=registration, by=by)
        theirs = Registration.objects.filter(person__in=keys)
        account = EnterpriseAccount.objects.the()
        to_remove = list(Registration.objects.to_remove(account).filter(person__in=keys).values_list("pk", flat=True))
        theirs.filter(pk__in=to_remove).update(removal_asked_at=Now(), removal_code=None, removal_doubt="")
        theirs.exclude(pk__in=to_remove).update(**GIVEN)
        PersonalCode.objects.filter(person__in=keys).delete()
        Opened.objects.filter(person__in=keys).delete()
        ring(WORK)


def forget_numbers_of_removed_members() -> None:
    """Of erased people, once WeCom has answered: the member is gone, or it is for a person to look at."""
    answered = Q(removed_at__isnull=False) | Q(removal_code__isnull=False) | ~Q(removal_doubt="")
    given = ~Q(mobile="") | ~Q(email="") | ~Q(known_by="")
    Registration.objects.filter(answered, given, person__erased_at__isnull=False).update(**GIVEN)
