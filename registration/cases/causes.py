"""The cases in which an administrator must help somebody to register, grouped by cause, each with what to do."""

from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wechat_admin.wecom.codes import meaning

from ..models import DISPUTED, Problem, Registration

MOST_SHOWN = 200

_HELD = _(
    "Somebody else holds it, at WeCom or in the portal. If the member at WeCom is this very person, link them. "
    "If it is not, refuse it: they are asked for another one."
)
REMEDIES = {
    Problem.NUMBER_TAKEN: _HELD,
    Problem.EMAIL_TAKEN: _HELD,
    Problem.NUMBER_KEPT: _(
        "WeCom keeps the number of a member who uses it, whatever the portal writes. In the WeCom console give the member the "
        "number that the person has given here (通讯录). The portal looks again every six hours."
    ),
    Problem.CANNOT_TELL: _(
        "In the WeCom console look the member up: is it disabled (禁用) or has it left? Enable it, or delete it there and have "
        "them register again."
    ),
}
_LIMIT = _(
    "Somebody met “today's limit” in WeChat. Companies that are not verified may gain few followers a day: have the company "
    "verified (企业认证), or invite year by year. Those concerned try again tomorrow."
)


_DISPLACED = _(
    "In the WeCom console somebody removed or moved a department of the portal's, so these people stood elsewhere for a time: "
    "perhaps under 其他（待设置部门）, where members see each other. The portal makes the department again and moves everybody back "
    "by itself. Whoever sees whom (通讯录管理 → 限制查看所有人), and the application's visible range, must name the new one."
)


@dataclass
class Cause:
    sentence: str
    remedy: str
    code: int | None = None
    registrations: list = field(default_factory=list)


def causes(account):
    """[Cause], the disputed numbers first; four queries."""
    found = Registration.objects.problems().of_account(account).select_related("person")
    found = sorted(found.order_by("-pk")[:MOST_SHOWN], key=_order)
    _add_holders(found, account)
    grouped = [_cause(problem, list(cases)) for (problem, _code), cases in groupby(found, _key)]
    limit = list(Registration.objects.met_the_daily_limit().of_account(account).select_related("person")[:MOST_SHOWN])
    if limit:
        grouped.append(Cause(gettext("WeChat's daily limit of new followers"), str(_LIMIT), None, limit))
    displaced = Registration.objects.displaced_lately().of_account(account).select_related("person")[:MOST_SHOWN]
    if displaced:
        grouped.append(
            Cause(gettext("Stood outside the department kept for them"), str(_DISPLACED), None, list(displaced))
        )
    return grouped


def _key(registration):
    """A number is disputed alike whether WeCom says so, by a code, or the portal itself."""
    return registration.problem, 0 if registration.is_disputed else registration.problem_code or 0


def _order(registration):
    return not registration.is_disputed, *_key(registration)


def _cause(problem, registrations):
    code = next((r.problem_code for r in registrations if r.problem_code is not None), None)
    remedy = REMEDIES.get(Problem(problem), "")
    if code is not None and not remedy:
        remedy = gettext(meaning(code).remedy) if meaning(code).remedy else ""
    sentence = Problem(problem).label
    if code is not None and problem not in DISPUTED:
        sentence = gettext(meaning(code).sentence)
    return Cause(sentence, str(remedy), code, registrations)


def _add_holders(registrations, account):
    """Who holds a disputed number or e-mail in the portal, where somebody does."""
    disputed = [r for r in registrations if r.is_disputed]
    holders = Registration.objects.of_account(account).holding(
        mobiles=[r.mobile for r in disputed if r.mobile], emails=[r.email for r in disputed if r.email]
    )
    by_address = {}
    for holder in holders.select_related("person"):
        by_address.setdefault(_address(holder), []).append(holder)
    for registration in registrations:
        others = by_address.get(_address(registration), [])
        registration.holder = next((h.person for h in others if h.person_id != registration.person_id), None)


def _address(registration):
    return registration.mobile or registration.email.lower()
