from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person
from portal.tones import States, Tone
from wechat_admin.models.gate import BEIJING

from .message import Message
from .states import OPEN, STATE_OF_BATCH, BatchState, State


class BatchQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=Batch.OPEN)

    def people_today(self):
        """How many people WeCom has accepted something for since midnight in Beijing, as its daily limit counts them."""
        midnight = timezone.localtime(timezone=BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        today = self.filter(state=Batch.State.ACCEPTED, first_attempt_at__gte=midnight)
        return today.aggregate(people=Sum(F("size") - F("problems")))["people"] or 0

    def due(self):
        return self.filter(state__in=[Batch.State.READY, Batch.State.UNCERTAIN], next_attempt_at__lte=Now())


class Batch(models.Model):
    """One API call's worth of deliveries, and the frozen bytes of that call."""

    State = BatchState
    OPEN = OPEN

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)  # deliveries of this batch that have a problem of their own
    content = models.TextField(blank=True)  # the text of these people; empty: the message's main text
    urgent = models.BooleanField(default=False)
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

    objects = BatchQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="batches_of_a_message_are_numbered"),
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
            models.Index(fields=["lease"], condition=Q(lease__isnull=False), name="batches_by_lease"),
            # Has the same text gone out lately?
            models.Index(
                fields=["body_sha256", "first_attempt_at"], condition=~Q(body_sha256=""), name="batches_by_text"
            ),
            # How many messages were attempted in the last minute?
            models.Index(
                fields=["first_attempt_at"], condition=Q(first_attempt_at__isnull=False), name="batches_by_attempt"
            ),
        ]

    @property
    def part(self):
        """What its call says: the message's part with the text of these people."""
        return self.message.part.saying(self.content or self.message.text, self.message.addition)


class DeliveryQuerySet(models.QuerySet):
    def in_state(self, state):
        """The deliveries of one of the states that `Message.counts` speaks of."""
        if state in Delivery.Problem.values:
            return self.filter(problem=state)
        return self.filter(problem=None, batch__state__in=[b for b, s in STATE_OF_BATCH.items() if s == state])


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
        TOO_LONG = "too_long", Tone.WARN, _("the text gets too long for them")
        UNREACHABLE = "unreachable", Tone.BAD, _("WeCom could not reach the person")
        UNLICENSED = "unlicensed", Tone.BAD, _("WeCom has no licence for the person")

    # What keeps a message from a person before any call is made.
    KNOWN_BEFORE = (
        Problem.NOT_REGISTERED,
        Problem.NOT_FOLLOWED,
        Problem.STOPPED,
        Problem.NO_TESTER,
        Problem.LEFT,
        Problem.MAY_NOT_RECEIVE,
        Problem.OUT_OF_RANGE,
        Problem.TOO_LONG,
    )

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="deliveries")
    userid = models.CharField(max_length=64, blank=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, related_name="deliveries")
    problem = models.CharField(max_length=20, choices=Problem, null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "person"], name="a_person_is_once_in_a_message"),
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
        ]

    @property
    def code(self):
        """WeCom's code where it refused, for those who look into it."""
        return self.batch.errcode if self.batch and self.batch.errcode else ""

    @property
    def state(self):
        return Delivery.Problem(self.problem) if self.problem else STATE_OF_BATCH[self.batch.state]


STATE_LABELS = {state: state.label for state in [*State, *Delivery.Problem]}


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

    class Meta:
        default_permissions = ()
