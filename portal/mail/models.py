from collections import defaultdict
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.tones import States, Tone

LATELY = timedelta(days=30)


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self):
        """Those somebody waits for first, then in the order in which they were posted."""
        waiting = self.filter(state=Letter.State.WAITING, next_attempt_at__lte=Now())
        return waiting.order_by("-urgent", "next_attempt_at", "pk")

    def not_begun(self):
        return self.filter(state__in=[Letter.State.WAITING, Letter.State.TAKEN])

    def at_work(self):
        return self.filter(state__in=Letter.AT_WORK)

    def failed_lately(self):
        return self.filter(state=Letter.State.FAILED, posted_at__gt=Now() - LATELY).order_by("-posted_at", "-pk")

    def counted_lately(self):
        """[(kind, {state: how many})] of those posted lately."""
        counted: dict[str, dict[str, int]] = defaultdict(dict)
        lately = self.filter(posted_at__gt=Now() - LATELY).order_by("kind")
        for kind, state, number in lately.values_list("kind", "state").annotate(number=models.Count("pk")):
            counted[kind][state] = number
        return list(counted.items())

    def went_out(self):
        """Those that left or may have: another one would be a second."""
        return self.exclude(state__in=Letter.CAME_TO_NOTHING)


class Letter(models.Model):
    """An e-mail to somebody: which, and whom it is about. What it says, and to which address, is known when it leaves."""

    class State(States):
        WAITING = "waiting", Tone.INFO, _("waiting")
        TAKEN = "taken", Tone.INFO, _("waiting in line")  # by a worker, under its lease; nothing has left
        SENDING = "sending", Tone.INFO, _("being sent")  # in the air
        SENT = "sent", Tone.OK, _("sent")
        FAILED = "failed", Tone.BAD, _("could not be sent")
        UNKNOWN = "unknown", Tone.WARN, _("unknown")  # the worker or the line died while it was in the air
        NOBODY = "nobody", _("nobody to write to")
        UNDONE = "undone", _("taken back")

    AT_WORK = [State.WAITING, State.TAKEN, State.SENDING]
    CAME_TO_NOTHING = [State.FAILED, State.NOBODY, State.UNDONE]

    class Why(models.TextChoices):
        REFUSED = "refused", _("refused by the mail server")
        ADDRESS = "address", _("no letter can go to this address")
        UNWRITTEN = "unwritten", _("it could not be written: a fault of the portal, see the worker's log")

    kind = models.CharField(max_length=40)
    about = models.BigIntegerField(null=True)  # the key of whom its writer knows: a person, a sign-in
    address = models.CharField(max_length=254, blank=True)  # where there is only what somebody typed
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    posted_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease = models.UUIDField(null=True)
    taken_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    # Of one that failed.
    why = models.CharField(max_length=10, choices=Why, blank=True, default="", db_default="")
    smtp_code = models.PositiveSmallIntegerField(null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["waiting", "taken", "sending"]),
                name="letters_at_work",
            ),
            models.Index(fields=["kind", "posted_at"], name="letters_of_a_kind"),
            models.Index(fields=["taken_at"], name="letters_taken_lately"),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}: {self.state}"


class MailServerManager(models.Manager):
    def locked(self):
        """The one row, ours until the transaction ends: letters are posted and taken one after another."""
        return self.select_for_update().get_or_create(pk=1)[0]

    def is_away(self):
        return self.filter(failures__gt=0).exists()

    def is_left_alone(self):
        return self.filter(ask_again_at__gt=Now()).exists()


class MailServer(models.Model):
    """Whether the server takes mail. While it is away no letter is tried; it is asked again after doubling pauses."""

    failures = models.PositiveIntegerField(default=0)  # in a row
    away_since = models.DateTimeField(null=True)
    ask_again_at = models.DateTimeField(null=True)

    objects = MailServerManager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"away since {self.away_since}" if self.away_since else "answers"
