"""What whoever looks after registrations is told. A subject is the key of a registration: no name, no number."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, Way, register
from wechat_admin.models import EnterpriseAccount

from .models import Problem, Registration
from .models.problems import DISPUTED

OF_A_NUMBER = "registration.disputed"
NOTHING_CAME = "registration.nothing_came"
# So many at once are no people who changed their phones.
MANY = 5


def _cases(subject):
    return reverse("registration:registrations") + "#cases"


def _open():
    return Registration.objects.open().of_account(EnterpriseAccount.objects.the())


def _disputed():
    return {str(pk): Cause() for pk in _open().filter(problem__in=DISPUTED).values_list("pk", flat=True)}


def _nothing_came():
    return {str(pk): Cause() for pk in _open().nothing_came().values_list("pk", flat=True)}


def _seats():
    return {"seats": Cause()} if _open().filter(problem=Problem.FULL).exists() else {}


def _range():
    return {"range": Cause()} if _open().filter(problem=Problem.OUT_OF_RANGE).exists() else {}


def _lost():
    return {"members": Cause(urgent=True)} if _open().must_register_again()[MANY - 1 : MANY].exists() else {}


register(
    Kind(
        OF_A_NUMBER,
        gettext_lazy("A number is in dispute"),
        option="registration.decide",
        causes=_disputed,
        sentence=lambda subject: (
            _("A number or e-mail address is in dispute: whose is it? (Case %(number)s)") % {"number": subject}
        ),
        address=_cases,
    ),
    Kind(
        NOTHING_CAME,
        gettext_lazy("Somebody registered gets no message"),
        option="registration.view",
        causes=_nothing_came,
        sentence=lambda subject: (
            _("Somebody registered says that no message comes to them. (Case %(number)s)") % {"number": subject}
        ),
        address=_cases,
        way=Way.DAILY,
    ),
    Kind(
        "registration.seats",
        gettext_lazy("The school's WeChat account is full"),
        option="registration.view",
        causes=_seats,
        sentence=lambda subject: _("The school's WeChat account is full: nobody more can be entered."),
        address=_cases,
        to_do=lambda subject: _("Have the number of members raised at WeCom, or remove members who have left."),
        flutters=True,
    ),
    Kind(
        "registration.range",
        gettext_lazy("Members are outside the visible range"),
        option="registration.view",
        causes=_range,
        sentence=lambda subject: _(
            "Registered people are outside the application's visible range: nothing reaches them."
        ),
        address=_cases,
        flutters=True,
    ),
    Kind(
        "registration.lost",
        gettext_lazy("Many members have gone from WeCom"),
        option="registration.view",
        causes=_lost,
        sentence=lambda subject: _(
            "Several registered people are no members at WeCom any more and must register again."
        ),
        address=_cases,
        flutters=True,
    ),
)
