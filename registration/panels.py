from dataclasses import dataclass, replace

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import once, panels
from portal.addresses import Site
from portal.health import readiness
from portal.health.readiness import ACCOUNT, OURSELVES
from portal.people.roles import Role
from portal.school.table import value
from portal.tones import Shown, Tone
from wechat_admin.models import Check, EnterpriseAccount
from wechat_admin.models.check import FOR_EVERYTHING

from . import daily
from .cases import counted
from .codes.printing import code_of_one
from .models import Invitation, Registration
from .steps.entrance import refusal, registration_of
from .years import rules as years


@panels.panel(panels.MY_DETAILS)
def weixin(request, person):
    """The button, for contacts and pupils only: no page links staff to registration."""
    if not person.is_family:
        return None
    account = EnterpriseAccount.objects.the()
    is_open, registration = account.is_registration_open, registration_of(request.user, account)
    pupils = list(years.pupils_of(person)) if person.is_now(Role.CONTACT) else []
    context = {
        "open": is_open,
        "registration": registration,
        "refusal": refusal(person, registration),
        "pupils_to_consent": [pupil for pupil in pupils if is_open or pupil.consented],
        "privacy_notice": value("privacy_notice"),
        "stopped": person.registrations.of_account(account).filter(status=Registration.Status.WITHDRAWN).last(),
    }
    return "registration/my_details_panel.html", context


panels.panel(panels.ACCOUNT)(code_of_one)


@panels.panel(panels.SIGN_IN)
def by_code(request):
    """For whoever has a letter and no password; the staff's own host leads nobody to registration."""
    if request.site == Site.STAFF:
        return None
    return "registration/sign_in_panel.html", {}


once.fact("somebody was invited", lambda: Exists(Invitation.objects.all()))


@panels.panel(
    panels.DASHBOARD, option="wechat_admin.view_account", facts=["somebody was invited", "somebody is registered"]
)
def set_up(request):
    """The next step of linking, from live facts, with the others behind it; nothing once all are done."""
    account, connection = EnterpriseAccount.objects.the(), Check.objects.standing(FOR_EVERYTHING)
    steps = _steps(account, connection, once.answer("somebody was invited"), once.answer("somebody is registered"))
    steps = [step.for_somebody(request.user) for step in steps]
    following = next((step for step in steps if not step.is_done), None)
    if following is None:
        return None
    done = sum(step.is_done for step in steps)
    return "registration/set_up_panel.html", {"steps": steps, "next": following, "done": done}


@dataclass(frozen=True)
class Step:
    words: str
    address: str
    is_done: bool
    option: str = ""

    def for_somebody(self, user):
        """Without the address where they may not go there."""
        return replace(self, address="") if self.option and not user.has_perm(self.option) else self

    @property
    def state(self):
        return Shown(Tone.OK, _("done")) if self.is_done else Shown(Tone.PLAIN, _("to do"))


def _steps(account, connection, is_invited, is_registered):
    """In the order in which they are taken."""
    administration = reverse("wechat-administration")
    return [
        Step(_("Link the school's Enterprise Account"), administration, account.is_linked),
        Step(_("Check the connection"), f"{administration}#checks", connection == Check.State.OK),
        Step(_("Address book hidden from families"), f"{administration}#hidden", bool(account.address_book_hidden_at)),
        Step(
            _("Scan the QR code once"),
            administration,
            bool(account.qr_target) and not (account.qr_should_be_tried or account.qr_awaits_word),
        ),
        Step(_("Make registration visible"), administration, account.is_registration_open),
        Step(
            _("Invite people"), reverse("registration:invitations"), is_invited or is_registered, "registration.invite"
        ),
        Step(_("First registrations"), reverse("registration:registrations"), is_registered, "registration.view"),
    ]


@panels.panel(panels.HEALTH, option="wechat_admin.view_account", facts=readiness.facts(ACCOUNT))
def ready_to_send(request):
    """Only while everything that sends is there; else what is not."""
    obstacles = [*readiness.sentences_on(request, OURSELVES), *readiness.sentences_on(request, ACCOUNT)]
    state = Shown(Tone.PLAIN, _("not yet")) if obstacles else Shown(Tone.OK, _("ready"))
    return [panels.Line(_("Ready to send"), state=state, detail="".join(obstacles[:1]))]


@panels.panel(panels.WAITING, option="registration.view", facts=counted.FACTS)
def cases(request):
    number = counted.cases()
    words = ngettext("%(number)s case needs you", "%(number)s cases need you", number)
    address = f"{reverse('registration:registrations')}#cases"
    return [panels.Line(words % {"number": number}, address, detail=_("Registrations"))] if number else []


@panels.panel(panels.PICTURES, option="registration.view")
def people_reached(request):
    """From the facts of the day, nothing is counted for it."""
    drawn = daily.pictures()
    return ("registration/people_panel.html", {"pictures": drawn}) if drawn else None


@panels.panel(panels.PERSON, option="registration.view")
def registration_and_its_history(request, person):
    """Every one there was, the latest first."""
    account = EnterpriseAccount.objects.the()
    # Those that ended stay where they were written.
    rows = Registration.objects.of_account(account).filter(person__in=person.every_row).order_by("-pk")
    return "registration/person_panel.html", {"registrations": rows, "person": person}
