from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Their own; everybody's for holders of the option *Reports of all messages*."""
        return self if user.has_perm("messaging.report") else self.filter(author=user)

    def claimable(self, account):
        """Messages of this company and application whose batches may go out."""
        return self.filter(status=Message.Status.SENDING, cancel_requested_at=None, account_key=account.account_key)

    def without_open_batches(self):
        return self.filter(~Exists(Batch.objects.open().filter(message=OuterRef("pk"))))


class Message(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PREPARING = "preparing", _("being prepared")
        SENDING = "sending", _("being sent")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("stopped")

    class PausedReason(models.TextChoices):
        CONTENT = "content", _("WeCom does not accept the text.")
        CODE = "code", _("WeCom refused with a code that somebody must look at.")
        SAME_TEXT = (
            "same text",
            _("The same text went to the same people less than five hours ago; WeCom would swallow it."),
        )

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    text = models.TextField(blank=True)
    # Put behind the text of batches not yet written down, to make a text differ on purpose.
    addition = models.CharField(max_length=20, blank=True)
    audience = models.JSONField(default=dict)  # see audience.py
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    urgent = models.BooleanField(default=False)
    account_key = models.CharField(max_length=64, blank=True)

    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=20, choices=PausedReason, blank=True)
    paused_code = models.IntegerField(null=True)
    last_served_at = models.DateTimeField(null=True)

    # What the sender saw when pressing Send, and what the frozen list came to.
    shown_count = models.PositiveIntegerField(default=0)
    shown_digest = models.CharField(max_length=64, blank=True)
    frozen_digest = models.CharField(max_length=64, blank=True)
    recipients = models.PositiveIntegerField(default=0)
    final_counts = models.JSONField(null=True)  # written once when finished, and again by a late proof

    objects = MessageQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("write", _("Messaging")), ("report", _("Reports of all messages"))]
        indexes = [
            models.Index(
                fields=["status"], condition=~Q(status__in=["draft", "finished", "cancelled"]), name="messages_at_work"
            ),
            models.Index(fields=["author", "-id"], name="messages_of_an_author"),
        ]

    def __str__(self):
        return self.text[:60]

    def get_absolute_url(self):
        name = "messaging:edit" if self.status == self.Status.DRAFT else "messaging:message"
        return reverse(name, args=[self.pk])

    @property
    def is_at_work(self):
        return self.status in (self.Status.PREPARING, self.Status.SENDING, self.Status.PAUSED)

    @property
    def is_stopping(self):
        return self.is_at_work and self.cancel_requested_at is not None

    @property
    def frozen_count(self):
        """How many were reachable when the list was frozen."""
        return self.batches.aggregate(people=Sum("size"))["people"] or 0

    @property
    def counts(self):
        """{state: people}, adding up to `recipients`: from the stored final counts, else from batches and exceptions."""
        return self.final_counts if self.final_counts is not None else self.count()

    def count(self):
        """Sums over batches and exceptions; the rows of people without a problem are never counted one by one."""
        counts = {}
        for state, people, problems in self.batches.values_list("state").annotate(Sum("size"), Sum("problems")):
            counts[STATE_OF_BATCH[state]] = counts.get(STATE_OF_BATCH[state], 0) + people - problems
        exceptions = self.deliveries.exclude(problem=None).values_list("problem").annotate(Count("pk"))
        counts.update(exceptions)
        return {state: people for state, people in counts.items() if people}


class BatchQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=Batch.OPEN)

    def people_today(self):
        """How many people WeCom has accepted something for since midnight, as its daily limit counts them."""
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        today = self.filter(state=Batch.State.ACCEPTED, first_attempt_at__gte=midnight)
        return today.aggregate(people=Sum(F("size") - F("problems")))["people"] or 0

    def due(self):
        return self.filter(state__in=[Batch.State.READY, Batch.State.UNCERTAIN], next_attempt_at__lte=Now())


class Batch(models.Model):
    """One API call's worth of deliveries, and the frozen bytes of that call."""

    class State(models.TextChoices):
        READY = "ready"
        IN_FLIGHT = "in_flight"
        UNCERTAIN = "uncertain"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"

    OPEN = (State.READY, State.IN_FLIGHT, State.UNCERTAIN)

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)  # deliveries of this batch that have a problem of their own
    content = models.TextField(blank=True)  # a personal text; empty: the message's
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
            models.Index(fields=["next_attempt_at"], condition=Q(state__in=["ready", "uncertain"]), name="batches_due"),
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


class DeliveryQuerySet(models.QuerySet):
    def in_state(self, state):
        """The deliveries of one of the states that `Message.counts` speaks of."""
        if state in Delivery.Problem.values:
            return self.filter(problem=state)
        return self.filter(problem=None, batch__state__in=[b for b, s in STATE_OF_BATCH.items() if s == state])


class Delivery(models.Model):
    """One person of one message, written once when the list is frozen. Its state is its batch's unless it has a problem."""

    class Problem(models.TextChoices):
        NOT_REGISTERED = "not_registered", _("never registered")
        NOT_FOLLOWED = "not_followed", _("not yet scanned the code")
        STOPPED = "stopped", _("stopped receiving messages")
        LEFT = "left", _("left the school")
        MAY_NOT_RECEIVE = "may_not_receive", _("may not receive messages")
        OUT_OF_RANGE = "out_of_range", _("outside the application's visible range")
        UNREACHABLE = "unreachable", _("WeCom could not reach the person")
        UNLICENSED = "unlicensed", _("WeCom has no licence for the person")

    # What keeps a message from a person before any call is made.
    KNOWN_BEFORE = (
        Problem.NOT_REGISTERED,
        Problem.NOT_FOLLOWED,
        Problem.STOPPED,
        Problem.LEFT,
        Problem.MAY_NOT_RECEIVE,
        Problem.OUT_OF_RANGE,
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
    def state(self):
        return self.problem or STATE_OF_BATCH[self.batch.state]


class State(models.TextChoices):
    """What became of a delivery, in the words of every screen. Never "delivered" or "read": no receipt exists."""

    WAITING = "waiting", _("waiting")
    ACCEPTED = "accepted", _("accepted by WeCom")
    FAILED = "failed", _("refused by WeCom")
    UNKNOWN = "unknown", _("unknown")
    CANCELLED = "cancelled", _("not sent, stopped")


STATE_OF_BATCH: dict[str, State] = {
    Batch.State.READY: State.WAITING,
    Batch.State.IN_FLIGHT: State.WAITING,
    Batch.State.UNCERTAIN: State.WAITING,
    Batch.State.ACCEPTED: State.ACCEPTED,
    Batch.State.REJECTED: State.FAILED,
    Batch.State.UNKNOWN: State.UNKNOWN,
    Batch.State.CANCELLED: State.CANCELLED,
}
STATE_LABELS = dict(State.choices) | dict(Delivery.Problem.choices)


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
