"""The cases in which an administrator must help somebody to register, grouped by cause, each with what to do."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import once
from portal.people.models import Person
from portal.seals import seal
from wechat_admin.wecom.codes import meaning

from ..models import DISPUTED, Problem, Registration
from . import counted
from .actions import said, seen

MOST_SHOWN = 200
SHOWN = "a case as it was shown"  # what its buttons decide about is sealed

_HELD = _(
    "Somebody else holds it, at WeCom or in the portal. If the member at WeCom is this very person, link them. "
    "If it is not, refuse it: they are asked for another one."
)
_ON_RECORD = _(
    "The number or address stands on record for somebody else and not for the person who gave it. Nothing has been made or sent. "
    "If it is theirs, let them go on; if not, refuse it: they are asked for another one."
)
_REGISTERED_WITH_IT = _(
    "The number or address came on record for somebody else after these people registered with it. If it is theirs, say so. If it "
    "is not, end their registration: what is sent to them reaches the other's phone."
)
REMEDIES = {
    Problem.NUMBER_ON_RECORD: _ON_RECORD,
    Problem.EMAIL_ON_RECORD: _ON_RECORD,
    Problem.NUMBER_TAKEN: _HELD,
    Problem.EMAIL_TAKEN: _HELD,
    Problem.NUMBER_KEPT: _(
        "WeCom keeps the number of a member who uses it, whatever the portal writes. In the WeCom console give the member the "
        "number that the person has given here (通讯录). The portal looks again every six hours."
    ),
    Problem.UNREACHED: _(
        "WeCom did not reach the member, or said that they left or came anew. Nothing is sent to them; the portal asks WeCom and "
        "goes on by itself within minutes. If a case stays here, see “Check the connection”."
    ),
    Problem.REGISTER_AGAIN: _(
        "The member was deleted at WeCom, or the number belongs to another member now. Nothing is sent to these people until they "
        "have registered again: remind them, their page says so too."
    ),
    Problem.OUT_OF_RANGE: _(
        "In the WeCom console, widen the application's visible range (应用管理 → the application → 可见范围). Once they are seen "
        "again and their number gives them, messages go on by themselves."
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


_NOTHING_CAME = _(
    "They follow the school and nothing appears in their WeChat. Do many say so? Look in the WeCom console whether members may "
    "receive in the WeChat plugin (我的企业 → 微信插件). Else go through the switches with them on the telephone, send them a "
    "message, and settle the case when it has come."
)
_DISPLACED = _(
    "In the WeCom console somebody removed or moved a department of the portal's, so these people stood elsewhere for a time: "
    "perhaps under 其他（待设置部门）, where members see each other. The portal makes the department again and moves everybody back "
    "by itself. Whoever sees whom (通讯录管理 → 限制查看所有人), and the application's visible range, must name the new one."
)


@dataclass
class Cause:
    sentence: str | Promise
    remedy: str
    code: int | None = None
    registrations: list = field(default_factory=list)
    has_more: bool = False  # than are shown
    is_told_by_themselves: bool = False  # with what they looked at; settled by a press


def causes(account):
    """[Cause], the disputed numbers first; so many queries however many cases, and one where there is none."""
    there_are = once.ask(*counted.FACTS)
    problems, has_more = _some(
        there_are[counted.PROBLEMS], Registration.objects.problems().of_account(account).order_by("-pk")
    )
    found = sorted(problems, key=_order)
    _add_holders([registration for registration in found if registration.is_disputed], account)
    grouped = [_cause(problem, list(cases), has_more) for (problem, _code), cases in groupby(found, _key)]
    theirs, has_more = _some(there_are[counted.RECORD], Registration.objects.on_anothers_record().of_account(account))
    if theirs:
        _add_holders(theirs, account)
        sentence = gettext("Registered with a number that is on record for somebody else")
        grouped.insert(0, Cause(sentence, str(_REGISTERED_WITH_IT), None, theirs, has_more))
    limit, has_more = _some(there_are[counted.LIMIT], Registration.objects.met_the_daily_limit().of_account(account))
    if limit:
        grouped.append(Cause(gettext("WeChat's daily limit of new followers"), str(_LIMIT), None, limit, has_more))
    nothing, has_more = _some(
        there_are[counted.NOTHING_CAME], Registration.objects.open().nothing_came().of_account(account)
    )
    if nothing:
        for registration in nothing:
            registration.shown = seal(said(registration), SHOWN)
        sentence = gettext("Registered, and says that no message comes")
        grouped.append(Cause(sentence, str(_NOTHING_CAME), None, nothing, has_more, is_told_by_themselves=True))
    displaced, has_more = _some(
        there_are[counted.DISPLACED], Registration.objects.displaced_lately().of_account(account)
    )
    if displaced:
        sentence = gettext("Stood outside the department kept for them")
        grouped.append(Cause(sentence, str(_DISPLACED), None, displaced, has_more))
    return grouped


def _some(there_are, registrations):
    """(the first of them, whether there are more)"""
    if not there_are:
        return [], False
    rows = list(registrations.select_related("person")[: MOST_SHOWN + 1])
    return rows[:MOST_SHOWN], len(rows) > MOST_SHOWN


def _key(registration):
    """A number is disputed alike whether WeCom says so, by a code, or the portal itself."""
    return registration.problem, 0 if registration.is_disputed else registration.problem_code or 0


def _order(registration):
    return not registration.is_disputed, *_key(registration)


def _cause(problem, registrations, has_more):
    code = next((r.problem_code for r in registrations if r.problem_code is not None), None)
    remedy = REMEDIES.get(Problem(problem), "")
    if code is not None and not remedy:
        remedy = gettext(meaning(code).remedy) if meaning(code).remedy else ""
    sentence: str | Promise = Problem(problem).label
    if code is not None and problem not in DISPUTED:
        sentence = gettext(meaning(code).sentence)
    return Cause(sentence, str(remedy), code, registrations, has_more)


def _add_holders(registrations, account):
    """To each what its buttons decide about; who else holds the number or e-mail in the portal, and whose record has it."""
    given = {
        "mobiles": {r.mobile for r in registrations if r.mobile},
        "emails": {r.email.lower() for r in registrations if r.email},
    }
    ours = Registration.objects.of_account(account).select_related("person").order_by("pk")
    holding, left = _by_address(ours.holding(**given)), _by_address(ours.left_with(**given))
    on_record = defaultdict(list)
    people = Person.objects.alias(lower=Lower("email"))
    for person in people.filter(Q(mobile__in=given["mobiles"]) | Q(lower__in=given["emails"])):
        for address in filter(None, {person.mobile, person.email.lower()}):
            on_record[address].append(person)
    for registration in registrations:
        address, own = registration.address.lower(), registration.person_id
        standing = next((h for h in holding[address] if h.person_id != own), None)
        holder = standing or next((h for h in left[address] if h.person_id != own), None)
        registration.holder, registration.can_be_handed_over = holder and holder.person, standing is not None
        registration.others_on_record = [person for person in on_record[address] if address and person.pk != own]
        registration.shown = seal(seen(registration, standing), SHOWN)


def _by_address(registrations):
    """{number or e-mail address: registrations}"""
    found = defaultdict(list)
    for registration in registrations:
        found[registration.address.lower()].append(registration)
    return found
