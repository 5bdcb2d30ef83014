from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Lower, Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person
from portal.tones import States, Tone
from registration.reached import Gap
from wechat_admin.models.gate import BEIJING

from ..kinds import Part
from .attachment import Attachment
from .message import Message
from .states import NOT_TO_GET_IT, OPEN, STATE_OF_BATCH, WAITING, BatchState, State


class BatchQuerySet(models.QuerySet["Batch"]):
    def open(self) -> Self:
        return self.filter(state__in=Batch.OPEN)

    def today(self) -> Self:
        """Those that WeCom has accepted since midnight in Beijing, as its daily limit counts."""
        midnight = timezone.localtime(timezone=BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        return self.filter(state=Batch.State.ACCEPTED, first_attempt_at__gte=midnight)

    def people_today(self) -> int:
        """For how many people that was."""
        return self.today().aggregate(people=Sum(F("size") - F("problems")))["people"] or 0

    def recallable(self) -> Self:
        """Those that WeCom may still take back (doc 94867): accepted, not longer than 24 hours ago, and not asked yet."""
        accepted = self.filter(state=Batch.State.ACCEPTED, first_attempt_at__gt=Now() - timedelta(hours=24))
        return accepted.filter(recall_at=None, recalled_at=None, recall_code=None).exclude(msgid="")

    def due(self) -> Self:
        return self.filter(state__in=WAITING, next_attempt_at__lte=Now())

    def tried_in_vain_since(self, moment: datetime) -> Self:
        """Those that were called before it and after it, and have no answer."""
        tried = self.filter(state__in=WAITING, errcode=None, calls__at__lt=moment)
        return tried.filter(calls__at__gt=moment)


class Batch(models.Model):
    """One API call's worth of deliveries, and the frozen bytes of that call."""

    State = BatchState
    OPEN = OPEN

    # Without an index of its own: the numbers of a message begin with it.
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="batches", db_index=False)
    number = models.PositiveIntegerField()
    # 1 is the message itself, whose people name it in their deliveries. Of a later part they stand in the span.
    part_number = models.PositiveSmallIntegerField(default=1, db_default=1)
    span = models.ForeignKey("Span", null=True, on_delete=models.CASCADE, related_name="batches", db_index=False)
    size = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)  # deliveries of this batch that have a problem of their own
    content = models.TextField(blank=True)  # the text of these people; empty: the message's main text
    urgent = models.BooleanField(default=False)  # read by nobody, as the message says it; gone a release later
    body = models.BinaryField(null=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(db_default=Now())
    # At some time we could not rule out that WeCom took it: from then on only the very same bytes may go again.
    maybe_sent = models.BooleanField(default=False)
    msgid = models.CharField(max_length=100, blank=True)
    errcode = models.IntegerField(null=True)
    recall_at = models.DateTimeField(null=True)  # when WeCom is asked (again) to take it back
    recalled_at = models.DateTimeField(null=True)
    recall_code = models.IntegerField(null=True)  # what it answered

    objects = BatchQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="batches_of_a_message_are_numbered"),
            models.UniqueConstraint(
                fields=["span", "part_number"], condition=Q(span__isnull=False), name="a_span_gets_a_part_in_one_call"
            ),
            models.CheckConstraint(
                condition=Q(part_number=1, span__isnull=True) | Q(part_number__gt=1, span__isnull=False),
                name="a_later_part_has_a_span",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_flight") | Q(lease__isnull=False, lease_until__isnull=False),
                name="in_flight_under_a_lease",
            ),
            models.CheckConstraint(condition=Q(problems__lte=F("size")), name="no_more_problems_than_people"),
        ]
        indexes = [
            # The due ones of a message, in their order; and whether it has any open ones.
            models.Index(
                fields=["message", "next_attempt_at", "number"],
                condition=Q(state__in=["ready", "in_flight", "uncertain"]),
                name="batches_open",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="in_flight"), name="batches_in_flight"),
            models.Index(
                fields=["message", "next_attempt_at"], condition=Q(state="uncertain"), name="batches_in_doubt"
            ),
            # Has the same text gone out lately?
            models.Index(
                fields=["body_sha256", "first_attempt_at"], condition=~Q(body_sha256=""), name="batches_by_text"
            ),
            # How many people today? Of accepted ones alone: the question above must not be answered by it, which would
            # read all that went out in five hours.
            models.Index(fields=["first_attempt_at"], condition=Q(state="accepted"), name="batches_by_day"),
            models.Index(fields=["recall_at"], condition=Q(recall_at__isnull=False), name="batches_to_recall"),
        ]

    @property
    def people(self) -> "DeliveryQuerySet":
        """The deliveries of those whom its call names, without those of whom something is known that kept it from them."""
        return self.deliveries.filter(problem=None) if self.span is None else self.span.members

    @property
    def part(self) -> Part:
        """What its call says: the message's part with the text of these people, or a file that follows."""
        if self.part_number > 1:
            return self.message.later_part(self.part_number)
        return self.message.part.saying(self.content or self.message.text, self.message.addition)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def in_states_of(self, message: Message, states: Collection[str]) -> Self:
        """The deliveries of this message in any of the states that its `counts` speak of: all its parts considered."""
        if message.part_count == 1:
            return self.in_states(states)
        of_words = [state for state in states if state != State.ACCEPTED]
        accepted, whole = Q(problem=None, batch__state=BatchState.ACCEPTED), has_part(message.part_count)
        found = _in_states(of_words)
        if State.ACCEPTED in states:
            found |= accepted & whole
        if message.state_of_the_rest in states:
            found |= accepted & ~whole
        return self.filter(found)

    def without_part(self, number: int) -> Self:
        """Those of a message whose words were accepted, and the parts up to before this one, and no more."""
        theirs = self.filter(problem=None, batch__state=BatchState.ACCEPTED).exclude(has_part(number))
        return theirs.filter(has_part(number - 1)) if number > 2 else theirs

    def on_their_way(self) -> Self:
        """Those to whom something may still go: a call, or one of a later part."""
        has_more = Q(message__part_count__gt=1, message__status__in=["sending", "paused"])
        return self.filter(Q(batch__state__in=OPEN) | has_more, problem=None)

    def of_whom(self) -> models.QuerySet:
        """Ids of the people they are of today: of a row that was merged, the row it was merged into."""
        return self.order_by().values(theirs=Coalesce("person__merged_into", "person"))

    def with_every_part(self) -> Self:
        """Each with `has_every_part`, whether WeCom has accepted all there is of the message."""
        last = has_part(OuterRef("message__part_count"))
        is_whole = Case(When(Q(message__part_count=1) | last, then=Value(True)), default=Value(False))
        return self.annotate(has_every_part=is_whole)

    def in_states(self, states: Collection[str]) -> Self:
        """The deliveries whose words are in any of these states."""
        return self.filter(_in_states(states))


def _in_states(states: Collection[str]) -> Q:
    problems = Q(problem__in=[state for state in states if state in Delivery.Problem.values])
    batches = [batch for batch, state in STATE_OF_BATCH.items() if state in states]
    if not batches:  # by the index of exceptions
        return problems
    return problems | Q(problem=None, batch__state__in=batches)


def has_part(number: int | F | OuterRef) -> Q:
    """Whether WeCom has accepted a later part for a delivery, as a condition of deliveries; and so those before it."""
    accepted = {"part_number": number, "state": BatchState.ACCEPTED}
    around = Batch.objects.filter(
        span__message=OuterRef("message"), span__first__lte=OuterRef("pk"), span__last__gte=OuterRef("pk"), **accepted
    )
    straggles = apps.get_model("messaging", "Straggler").objects.filter(delivery=OuterRef("pk"))
    of_span = {f"span__batches__{name}": value for name, value in accepted.items()}
    alone = straggles.filter(Q(problem=None) | Q(part_number__gt=number), **of_span)
    return Q(Exists(around), ~Exists(straggles)) | Q(Exists(alone))


class Delivery(models.Model):
    """One person of one message, written once when the list is frozen. Its state is its batch's unless it has a problem."""

    class Problem(States):
        NOT_REGISTERED = "not_registered", Tone.WARN, _("never registered")
        NOT_FOLLOWED = "not_followed", Tone.WARN, _("not yet scanned the code")
        STOPPED = "stopped", Tone.WARN, _("stopped receiving messages")
        NO_TESTER = "no_tester", _("not a tester: the school still tries out")
        LEFT = "left", _("left the school")
        MAY_NOT_RECEIVE = "may_not_receive", _("may not receive messages")
        OUT_OF_RANGE = "out_of_range", Tone.WARN, _("outside the application's visible range")
        IN_DOUBT = "in_doubt", Tone.WARN, _("WeCom did not reach the person lately; the portal is asking about them")
        REGISTER_AGAIN = (
            "register_again",
            Tone.WARN,
            _("must register again: WeCom no longer knows them by their number"),
        )
        TOO_LONG = "too_long", Tone.WARN, _("the text gets too long for them")
        UNREACHABLE = "unreachable", Tone.BAD, _("WeCom could not reach the person")
        UNLICENSED = "unlicensed", Tone.BAD, _("WeCom has no licence for the person")

    # Whom the school itself keeps from getting it.
    NOT_TO_GET_IT = tuple(map(Problem, NOT_TO_GET_IT))
    # Who should get it, and what is known to keep it from them before any call is made.
    NOT_REACHED = (
        Problem.NOT_REGISTERED,
        Problem.NOT_FOLLOWED,
        Problem.STOPPED,
        Problem.NO_TESTER,
        Problem.OUT_OF_RANGE,
        Problem.IN_DOUBT,
        Problem.REGISTER_AGAIN,
        Problem.TOO_LONG,
    )

    # The transaction that freezes a list makes its batches and reads its people: of a hundred thousand rows the database
    # would prove each key once more, and lock each person. Nobody is ever deleted; PostgreSQL refuses to delete a person
    # with deliveries by a trigger (migration 0011), and a test counts rows whose message or batch is not there.
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="deliveries", db_constraint=False, db_index=False
    )
    userid = models.CharField(max_length=64, blank=True)
    batch = models.ForeignKey(
        Batch, null=True, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False
    )
    problem = models.CharField(max_length=20, choices=Problem, null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            # In this order it is also the index by person.
            models.UniqueConstraint(fields=["person", "message"], name="a_person_is_once_in_a_message"),
            models.UniqueConstraint(
                "message", Lower("userid"), condition=~Q(userid=""), name="a_member_is_once_in_a_message"
            ),
            models.CheckConstraint(
                condition=Q(batch__isnull=False) | Q(problem__isnull=False), name="in_a_batch_or_with_a_problem"
            ),
        ]
        indexes = [
            models.Index(
                fields=["message", "problem"], condition=Q(problem__isnull=False), name="exceptions_of_a_message"
            ),
            # The report, page by page.
            models.Index(fields=["message", "id"], name="deliveries_of_a_message"),
        ]

    @property
    def whose(self) -> Person:
        """The person it is of today."""
        return self.person.merged_into or self.person

    @property
    def batches(self) -> BatchQuerySet:
        """Every call that names them, or was to."""
        theirs = Q(pk=self.batch_id)
        if self.message.part_count > 1:
            straggler = apps.get_model("messaging", "Straggler").objects.filter(pk=self.pk).first()
            around = Q(span__first__lte=self.pk, span__last__gte=self.pk)
            theirs |= Q(span=straggler.span_id) if straggler else around
        return Batch.objects.filter(theirs, message=self.message_id)

    @property
    def missing_files(self) -> list[Attachment]:
        """Those that WeCom has not accepted for them."""
        this = Delivery.objects.filter(pk=self.pk)
        files = enumerate(self.message.following, start=2)
        return [file for number, file in files if not this.filter(has_part(number)).exists()]

    @property
    def code(self) -> int | str:
        """WeCom's code where it refused, for those who look into it."""
        return self.batch.errcode if self.batch and self.batch.errcode else ""

    @property
    def summary(self) -> str:
        """One line for a list, as it was said to them."""
        own = self.batch.content if self.batch else ""
        return self.message.title or own or self.message.summary

    @property
    def at(self) -> datetime | None:
        """When their call was first made, or None."""
        return self.batch.first_attempt_at if self.batch else None

    @property
    def shown_at(self) -> datetime | None:
        """The time it is listed by: of what was never called, when Send was pressed."""
        return self.at or self.message.listed_at

    @property
    def state(self) -> States:
        if self.problem or self.batch is None:
            return Delivery.Problem(self.problem)
        state = STATE_OF_BATCH[self.batch.state]
        if state != State.ACCEPTED or self.message.part_count == 1 or self._is_whole:
            return state
        return self.message.state_of_the_rest

    @property
    def _is_whole(self) -> bool:
        known = vars(self)  # where many are listed, all were asked about at once
        if "has_every_part" not in known:
            asked = vars(Delivery.objects.with_every_part().get(pk=self.pk))
            known["has_every_part"] = asked["has_every_part"]
        return known["has_every_part"]


STATE_LABELS = {state: state.label for state in [*State, *Delivery.Problem]}


class PupilMissed(models.Model):
    """A pupil without an adult on a frozen list who gets the message, and why it was so then."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="pupils_missed", db_index=False)
    pupil = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="missed_in")
    gap = models.CharField(max_length=12, choices=Gap)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["message", "pupil"], name="a_pupil_is_missed_once_in_a_message")]


class Attempt(models.Model):
    """One call, append-only. No token and no body."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="calls")
    number = models.PositiveIntegerField()
    lease = models.UUIDField()
    at = models.DateTimeField(db_default=Now())
    milliseconds = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20)
    errcode = models.IntegerField(null=True)
    http_status = models.IntegerField(null=True)
    process = models.CharField(max_length=60, blank=True, db_default="")  # which of ours made it, as host:number

    # What a call came to, by the words of routes/outcome.py.
    IN_WORDS = {
        "ok": _("accepted by WeCom"),
        "not_sent": _("surely not sent: tried again"),
        "unknown": _("no clear answer: perhaps sent"),
        "refused": _("refused by WeCom"),
    }

    class Meta:
        default_permissions = ()

    @property
    def in_words(self) -> str | Promise:
        return self.IN_WORDS.get(self.outcome, self.outcome)

    @property
    def codes(self) -> str:
        """WeCom's code and that of HTTP, where there was any."""
        http = f"HTTP {self.http_status}" if self.http_status else ""
        return " · ".join(filter(None, [str(self.errcode or ""), http]))
