from portal import panels
from portal.health import readiness
from wechat_admin.models import Check, EnterpriseAccount
from wechat_admin.models.check import FOR_EVERYTHING

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
    pupils = years.pupils_of(person) if person.is_contact else []
    context = {
        "open": is_open,
        "registration": registration,
        "refusal": refusal(person, registration),
        "pupils_to_consent": [pupil for pupil in pupils if is_open or pupil.consented],
        "stopped": person.registrations.of_account(account).filter(status=Registration.Status.WITHDRAWN).exists(),
    }
    return "registration/my_details_panel.html", context


@panels.panel(panels.DASHBOARD)
def set_up(request):
    """For those who may see the account: how far linking is, from live facts."""
    if not request.user.has_perm("wechat_admin.view_account"):
        return None
    account = EnterpriseAccount.objects.the()
    registrations = Registration.objects.open().of_account(account)
    registered = Registration.objects.reachable(account).count()
    context = {
        "account": account,
        "registered": registered,
        "obstacles": readiness.obstacles(),
        "connection": Check.objects.standing(FOR_EVERYTHING),
        "invited": Invitation.objects.exists(),
        "problems": _cases(registrations) if request.user.has_perm("registration.view") else 0,
    }
    return "registration/set_up_panel.html", context


def _cases(registrations):
    facts = (registrations.problems(), registrations.met_the_daily_limit(), registrations.displaced_lately())
    return sum(found.count() for found in facts)
