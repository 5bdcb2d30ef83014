"""Why somebody got a message, or did not: from the rule, their relationships, the record, and what WeCom answered."""

from django.db.models import BooleanField, Case, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.people.models import Person, Relationship
from registration.models import with_registrations
from wechat_admin.wecom.codes import meaning

from ..audience.in_words import in_words
from ..audience.rule import clauses_of, pupils_concerned
from ..judgement import within
from ..models import Delivery, State

Problem = Delivery.Problem
ASKED_AT_ONCE = 12  # clauses of one query

_WHY = {
    State.ACCEPTED: gettext_lazy("WeCom accepted it for them. Whether they have read it, nobody can see."),
    State.WAITING: gettext_lazy("Their turn has not come yet."),
    State.FAILED: gettext_lazy("WeCom refused the message to them."),
    State.UNKNOWN: gettext_lazy("WeCom gave no clear answer in time, so it is unknown whether they got it."),
    State.PARTLY: gettext_lazy("WeCom accepted the message for them, and not every file that was to follow it."),
    State.CANCELLED: gettext_lazy("The message was stopped before their turn."),
    Problem.NOT_REGISTERED: gettext_lazy("They did not get it: they had not registered when it went out."),
    Problem.NOT_FOLLOWED: gettext_lazy("They did not get it: they had not yet scanned the school's code."),
    Problem.STOPPED: gettext_lazy("They did not get it: they had stopped receiving messages themselves."),
    Problem.NO_TESTER: gettext_lazy("They did not get it: the school was trying out, and they are no tester."),
    Problem.LEFT: gettext_lazy("They did not get it: they had left the school."),
    Problem.MAY_NOT_RECEIVE: gettext_lazy(
        "They did not get it: by the school's record they may not receive messages about these pupils."
    ),
    Problem.OUT_OF_RANGE: gettext_lazy(
        "They did not get it: they stand outside the visible range of the school's application."
    ),
    Problem.IN_DOUBT: gettext_lazy(
        "They did not get it: WeCom had not reached them lately, and the portal was asking about them."
    ),
    Problem.REGISTER_AGAIN: gettext_lazy(
        "They did not get it: WeCom no longer knew them by their number, so they must register again."
    ),
    Problem.TOO_LONG: gettext_lazy("They did not get it: with what is filled in for them the text was too long."),
    Problem.UNREACHABLE: gettext_lazy("They did not get it: WeCom answered that it cannot reach them."),
    Problem.UNLICENSED: gettext_lazy("They did not get it: WeCom answered that it has no licence for them."),
}


def why(message, person, delivery, own=None):
    """Sentences from the rule to the answer. Whoever may write to `own` alone reads of no child but those."""
    chosen = _chosen(message, person, own)
    if delivery is None:
        return [chosen, _not_among(message)]
    return [chosen, *_relationships(message, person, own), str(_WHY[delivery.state]), *_answer(delivery)]


def _not_among(message):
    if message.is_frozen:
        return _("They were not among the people of this message when it went out.")
    return _("Who gets it is settled when it goes out.")


def _chosen(message, person, own):
    """Which part of the audience means them."""
    rule = message.rule
    excluded = meant_by(rule.get("exclude", []), person, message.account)
    if excluded:
        parts = ", ".join(in_words({"exclude": excluded}, own)[1])
        return _("Left out of the audience by: %(parts)s.") % {"parts": parts}
    included = meant_by(rule.get("include", []), person, message.account)
    if not included:
        return _("No part of the audience means them today.")
    return _("Chosen by: %(parts)s.") % {"parts": ", ".join(in_words({"include": included}, own)[0])}


def meant_by(clauses, person, account):
    """Those of `clauses` that mean this person today; a query a dozen clauses."""
    found = []
    for start in range(0, len(clauses), ASKED_AT_ONCE):
        some = clauses[start : start + ASKED_AT_ONCE]
        flags = {
            f"clause_{number}": Case(
                When(clauses_of([clause], account)[0], then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
            for number, clause in enumerate(some)
        }
        people = with_registrations(Person.objects.order_by().filter(pk=person.pk), account)
        row = people.annotate(**flags).values_list(*flags).first() or ()
        found += [clause for clause, is_meant in zip(some, row, strict=False) if is_meant]
    return found


def _relationships(message, person, own):
    """A sentence for every pupil of theirs that the message was about."""
    links = Relationship.objects.current().filter(contact=person).select_related("pupil").order_by("pupil")
    pupils = pupils_concerned(message.rule)
    if pupils is not None:
        links = links.filter(pupil__in=pupils)
    if own is not None:
        links = links.filter(pupil__in=within(own, Person.objects.all()))
    return [_relationship(link) for link in links]


def _relationship(link):
    words = {"kind": link.get_kind_display(), "pupil": link.pupil.name_as_read}
    if link.may_receive_messages:
        return _("%(pupil)s: %(kind)s, may receive messages.") % words
    return _("%(pupil)s: %(kind)s, may not receive messages.") % words


def _answer(delivery):
    """What WeCom's code says, where it gave one, and that it was recalled."""
    if delivery.batch and delivery.batch.recalled_at:
        return [_("It was recalled: in the WeCom app it is gone, a copy in WeChat stays.")]
    if delivery.state == State.PARTLY and (missing := delivery.missing_files):
        return [_("Not accepted: %(files)s.") % {"files": ", ".join(file.name for file in missing)}]
    if not delivery.code:
        return []
    return [f"{_(meaning(delivery.code).sentence)} ({delivery.code})"]
