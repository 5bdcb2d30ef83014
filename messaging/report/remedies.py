"""What can be done for those whom a message did not reach: of every reason a sentence and the ways to it.

A reason without a row needs nobody's hands.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from ..models import STATE_LABELS, Delivery, State
from ..those import query_of_report

Problem = Delivery.Problem


@dataclass(frozen=True)
class Way:
    """A page on which it is done; with `takes_people` it is about exactly those of the row."""

    label: str | Promise
    permission: str
    url_name: str
    takes_people: bool = False


INVITE = Way(_("Invite them"), "registration.invite", "registration:invitations", takes_people=True)
PRINT = Way(_("Print their letters"), "registration.print_codes", "registration:personal-codes", takes_people=True)
SEE = Way(_("See their registrations"), "registration.view", "registration:registrations")
ACCOUNT = Way(_("Check the connection"), "wechat_admin.view_account", "wechat-administration")
TRIAL = Way(_("End the trial"), "school.change", "school-settings")


@dataclass(frozen=True)
class Remedy:
    sentence: str | Promise
    ways: tuple[Way, ...] = ()
    again: bool = False  # a new draft to exactly these helps


REMEDIES = {
    Problem.NOT_REGISTERED: Remedy(_("Invite them to register, or give them a letter."), (INVITE, PRINT)),
    Problem.NOT_FOLLOWED: Remedy(
        _("Ask them to scan the school's code, then send again."), (INVITE, PRINT), again=True
    ),
    Problem.STOPPED: Remedy(_("They stopped the messages themselves: reach them in another way.")),
    Problem.NO_TESTER: Remedy(_("End the trial, then send again."), (TRIAL,), again=True),
    Problem.OUT_OF_RANGE: Remedy(_("The application must be made visible to them in the WeCom console."), (ACCOUNT,)),
    Problem.IN_DOUBT: Remedy(_("The portal is asking WeCom about them. Send again later."), (SEE,), again=True),
    Problem.REGISTER_AGAIN: Remedy(_("Ask them to register once more."), (INVITE, PRINT)),
    Problem.TOO_LONG: Remedy(_("Send them a shorter text."), again=True),
    Problem.UNREACHABLE: Remedy(_("See what WeCom says of them, then send again."), (SEE,), again=True),
    Problem.UNLICENSED: Remedy(_("The school's account at WeCom needs more licences."), (ACCOUNT,)),
    State.FAILED: Remedy(_("WeCom did not take it: put right what it says, then send again."), (ACCOUNT,), again=True),
    State.PARTLY: Remedy(_("They have the rest: send them what is missing alone.")),
    State.UNKNOWN: Remedy(_("Some of them may get it twice when it is sent again."), again=True),
    State.CANCELLED: Remedy(_("It was stopped before their turn."), again=True),
}


@dataclass(frozen=True)
class Row:
    """One line of the report's table: a state, how many have it, and what whoever reads the page can do."""

    state: object
    people: int
    sentence: str | Promise = ""
    links: tuple = ()  # (label, address)
    is_for_others: bool = False  # there are ways, and whoever reads the page may go none of them
    is_asked: bool = False  # the administrators have been asked to
    again: bool = False

    @property
    def is_partly(self):
        return self.state == State.PARTLY


def rows_of(message, counts, user):
    """A Row for every state of {state: people}, in the order of the words."""
    # Of whoever may do it themselves nobody has to be asked.
    asked = SimpleLazyObject(lambda: set(message.askings.values_list("about", flat=True)))
    return [_row(message, state, counts[state], user, asked) for state in STATE_LABELS if state in counts]


def _row(message, state, people, user, asked):
    remedy = REMEDIES.get(state)
    if remedy is None:
        return Row(state, people)
    own = [way for way in remedy.ways if user.has_perm(way.permission)]
    is_for_others = bool(remedy.ways) and not own
    return Row(
        state,
        people,
        remedy.sentence,
        tuple((way.label, _address_of(way, message, state)) for way in own),
        is_for_others,
        is_for_others and state in asked,
        remedy.again and not message.is_at_work,
    )


def _address_of(way, message, state):
    address = reverse(way.url_name)
    return f"{address}?{query_of_report(message, state)}" if way.takes_people else address
