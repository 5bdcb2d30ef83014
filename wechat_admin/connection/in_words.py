"""What WeCom said, and what a check of the connection found, in words for an administrator."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Check
from ..wecom.codes import TELL_US, Blame, meaning
from ..wecom.errors import WeComError
from ..wecom.faults import EXPLANATIONS, Fault

Name, State = Check.Name, Check.State


@dataclass(frozen=True)
class Words:
    """`copy` is what has to be entered somewhere else, `detail` what only helps those who run the portal."""

    sentence: str | Promise = ""
    remedy: str | Promise = ""
    code: int | None = None
    copy_label: str = ""
    copy: str = ""
    detail: str = ""


def refusal(error: WeComError) -> str:
    """A WeComError as one line for a message or a field: what happened, what to do about it, and WeCom's code."""
    if error.fault:
        words = _of_fault(error.fault)
        return f"{words.sentence} {words.remedy}"
    words = _of_code(error.code)
    return " ".join(str(part) for part in (words.sentence, words.remedy, f"({error.code})") if part)


def finding(check: Check) -> Words:
    """What a check found, as Words."""
    facts = check.facts
    if check.is_stale:
        return _stale(check)
    if facts.get("unreadable"):
        return Words(_("What is stored cannot be read any more."), _("Type the secret again above, and save."))
    if facts.get("swapped"):
        return Words(_("The two secrets are swapped."), _("Enter each of them in the other's field."))
    if check.code is not None:
        return _of_code(check.code, facts.get("ip", ""))
    if facts.get("reason"):
        return _of_fault(facts.get("fault", Fault.NO_CONNECTION), facts["reason"])
    if check.state == State.NOT_CHECKED:
        return Words(_NOT_CHECKED.get(check.name, _AFTER_THE_OTHERS))
    say = _FINDINGS.get(check.name)
    return say(check) if say else Words()


def _stale(check: Check) -> Words:
    if check.state == State.RUNNING:
        return Words(
            _("The check has not come to an end."),
            _("Press “Check now”. If that does not help, tell whoever runs the server."),
        )
    words = _("It was in order on %(date)s, too long ago to rely on.") % {"date": _date(check.at)}
    again = _("Send another test.") if check.name == Name.TEST else _("Press “Check now”.")
    return Words(words, again)


def _date(moment: datetime) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")


def _of_code(code: int | None, address: str = "") -> Words:
    found = meaning(code)
    words = Words(_(found.sentence), _(found.remedy or TELL_US), code)
    if address and found.blame is Blame.ADDRESS:
        return replace(words, copy_label=_("The address to enter:"), copy=address)
    return words


def _of_fault(fault: str, detail: str = "") -> Words:
    explanation = EXPLANATIONS[Fault(fault)]
    return Words(_(explanation.sentence), _(explanation.remedy), detail=detail)


def _application(check: Check) -> Words:
    if not check.facts.get("name"):
        return Words()
    if check.facts["enabled"]:
        return Words(check.facts["name"])
    switched_off = _("The application is switched off.")
    remedy = _("In the WeCom console, switch the application on again (应用管理).")
    return Words(f"{check.facts['name']}: {switched_off}", remedy)


def _writing(check: Check) -> Words:
    at = check.facts.get("proven_at")
    if not at:
        return Words(_("Proven at the first registration."))
    if check.state == State.OK:
        return Words(_("Last proven on %(date)s.") % {"date": _date(datetime.fromisoformat(at))})
    return Words(
        _("Last proven on %(date)s; the next registration proves it again.")
        % {"date": _date(datetime.fromisoformat(at))}
    )


def _callback(check: Check) -> Words:
    at = check.facts.get("proven_at")
    if check.state == State.OK or not at:
        return Words()
    return Words(
        _("Nothing has come from WeCom since %(date)s.") % {"date": _date(datetime.fromisoformat(at))},
        _("Do address, token and key still stand in the WeCom console as below?"),
    )


def _looking_up(check: Check) -> Words:
    if check.state != State.BAD:
        return Words()
    return Words(
        _(
            "WeCom says that somebody has a number or e-mail address, and five times in a row it could not say who. The portal "
            "has stopped asking, before WeCom closes this for a day."
        ),
        _(
            "In the WeCom console look the number up (通讯录). Is the member outside the application's visible range, or is the "
            "number written in another way than +8613800000000, 13800000000 or +86 13800000000? Put that right, then press "
            "“Check now”."
        ),
    )


def _range(check: Check) -> Words:
    widen = _("In the WeCom console, widen the application's visible range (应用管理 → the application → 可见范围).")
    if check.facts.get("empty") or (check.state == State.BAD and "members" not in check.facts):
        return Words(_("The visible range is empty, so nobody can be sent to."), widen)
    if not check.facts:
        return Words()
    if "doubted" in check.facts:
        sentence = _(
            "WeCom does not reach or show us %(doubted)s of %(registered)s registered members, so nothing is sent to them. "
            "So many at once have not been deleted one by one; nobody is asked to register again."
        )
        return Words(sentence % check.facts, widen)
    sentence = _("The application sees %(visible)s of %(members)s members.") % check.facts
    return Words(sentence, "" if check.state == State.OK else widen)


def _outgoing(check: Check) -> Words:
    if not check.facts.get("ip"):
        return Words()
    belongs = _("It belongs in both trusted IP lists: the application's and the address book sync's.")
    return Words(belongs, copy=check.facts["ip"])


def _clock(check: Check) -> Words:
    if check.state != State.WARNING:
        return Words()
    sentence = _("Our clock differs from WeCom's by %(seconds)s seconds. Set it by NTP.")
    return Words(sentence % {"seconds": check.facts.get("seconds", "")})


def _test(check: Check) -> Words:
    if check.facts.get("asked"):
        return Words(_("Did it come whole, up to its last word?"))
    if check.state != State.BAD:
        return Words()
    return Words(
        _("The application always opens its home page, so WeChat shows only the first 20 bytes."),
        _("In the WeCom console, switch that off (应用管理 → the application → 应用主页)."),
    )


# Said where a row could not be asked.
_AFTER_THE_OTHERS = gettext_lazy("Not asked, because something else is not in order or not saved yet.")
_NOT_CHECKED: dict[str, Promise] = {
    Name.CALLBACK: gettext_lazy("Not set up. Without it the portal asks by itself who follows, only later."),
    Name.LOOKING_UP: gettext_lazy("Nobody had to be looked up yet."),
    Name.OUTGOING: gettext_lazy("WeCom has not named it."),
    Name.CLOCK: gettext_lazy("WeCom has not told its time."),
}
_FINDINGS: dict[str, Callable[[Check], Words]] = {
    Name.APPLICATION: _application,
    Name.WRITING: _writing,
    Name.LOOKING_UP: _looking_up,
    Name.RANGE: _range,
    Name.OUTGOING: _outgoing,
    Name.CALLBACK: _callback,
    Name.CLOCK: _clock,
    Name.TEST: _test,
}
