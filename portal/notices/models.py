from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from portal import causes
from portal.causes import Way
from portal.mail.models import Letter

# Divided as every time of sending is, so that tests see hours in seconds.
_A_MINUTE = timedelta(minutes=1) / settings.SENDING_TIME_SCALE
# What comes and goes and is back within this is the same notice.
SAME_WITHIN = 10 * _A_MINUTE
# After its opening an urgent notice is said again; and what is open after the last of these, to others too.
SAID_AGAIN_AFTER = [5 * _A_MINUTE, 15 * _A_MINUTE, 30 * _A_MINUTE]
KEPT_FOR = timedelta(days=90)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def open(self):
        return self.filter(closed_at=None)

    def of(self, kind):
        return self.filter(kind=kind.name)

    def by_kind(self, kinds):
        """{name of each of these kinds: its notices with whom they tell}; two statements, or one of none."""
        found: dict[str, list[Notice]] = {kind.name: [] for kind in kinds}
        for notice in self.filter(kind__in=found).prefetch_related("tellings"):
            found[notice.kind].append(notice)
        return found

    def come_back(self, kind, subjects):
        """Open again what was open a moment ago."""
        lately = self.of(kind).filter(subject__in=subjects, closed_at__gt=Now() - SAME_WITHIN)
        latest = dict(lately.order_by("pk").values_list("subject", "pk"))
        self.filter(pk__in=latest.values()).update(closed_at=None)
        return latest.keys()

    def long_gone(self):
        return self.filter(closed_at__lt=Now() - KEPT_FOR)


class Notice(models.Model):
    """Something that is so and concerns somebody: one row a cause, from when it was seen until it was gone."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    urgent = models.BooleanField(default=False)
    # Nobody whom it concerns is here: the administrators are told in their place.
    is_nobodys = models.BooleanField(default=False, db_default=False)
    opened_at = models.DateTimeField(db_default=Now())
    passed_on_at = models.DateTimeField(null=True)  # urgent, and still so: to whom else it concerns
    closed_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(closed_at=None), name="one_open_notice_a_cause"
            )
        ]
        indexes = [models.Index(fields=["kind", "subject", "-closed_at"], name="notices_of_a_cause")]

    def __str__(self):
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self):
        return self.closed_at is None

    @property
    def is_to_pass_on(self):
        return self.urgent and self.passed_on_at is None and timezone.now() >= self.opened_at + SAID_AGAIN_AFTER[-1]

    @property
    def sentence(self):
        return causes.kind(self.kind).sentence(self.subject)

    @property
    def address(self):
        return causes.kind(self.kind).address(self.subject)

    def said_again_at(self):
        """When an urgent one is said the next time, or None."""
        later = (self.opened_at + pause for pause in SAID_AGAIN_AFTER)
        return next((at for at in later if at > timezone.now()), None) if self.urgent else None


class NoteQuerySet(models.QuerySet["Note"]):
    def due(self):
        return self.filter(try_at__lte=Now())

    def waiting(self):
        return self.exclude(try_at=None)

    def give_up(self):
        """They never leave: what they were to say goes by e-mail."""
        keys = list(self.waiting().values_list("pk", flat=True))
        if self.model.objects.filter(pk__in=keys).update(try_at=None):
            Telling.objects.filter(note__in=keys, read_at=None).update(tell_at=Now())

    def long_gone(self):
        return self.filter(try_at=None, written_at__lt=Now() - KEPT_FOR)


class Note(models.Model):
    """A message in WeChat that tells somebody of notices. Its text is kept, so that a second try says the very same."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    userid = models.CharField(max_length=64, blank=True)  # the member it was first tried to
    written_at = models.DateTimeField(db_default=Now())
    begun_at = models.DateTimeField(null=True)
    try_at = models.DateTimeField(null=True, db_default=Now())  # null: it has left, or never will
    sent_at = models.DateTimeField(null=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["try_at"], condition=Q(try_at__isnull=False), name="notes_due")]

    def __str__(self):
        return f"to {self.user_id}, {self.written_at}"

    @property
    def came_to_nothing(self):
        return self.try_at is None and self.sent_at is None


class TellingQuerySet(models.QuerySet["Telling"]):
    def standing(self):
        """Of notices that are open; news is gone for whoever has opened it."""
        news = [kind.name for kind in causes.kinds() if kind.is_news]
        known = [kind.name for kind in causes.kinds()]
        open_ones = self.filter(notice__closed_at=None, notice__kind__in=known)
        return open_ones.exclude(notice__kind__in=news, read_at__isnull=False)

    def due(self):
        return self.standing().filter(tell_at__lte=Now())

    def shown_to(self, user):
        """What stands in the head of this user's pages."""
        return self.standing().filter(user=user)


class Telling(models.Model):
    """One person who is told of a notice: when, by what, and whether they have opened it."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="tellings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    tell_at = models.DateTimeField(null=True)  # when they are written to next; null: no more
    letter = models.ForeignKey(Letter, null=True, on_delete=models.SET_NULL, related_name="tellings")
    note = models.ForeignKey(Note, null=True, on_delete=models.SET_NULL, related_name="tellings")
    read_at = models.DateTimeField(null=True)

    objects = TellingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "notice"], name="one_telling_a_person_and_notice")]
        indexes = [models.Index(fields=["tell_at"], condition=Q(tell_at__isnull=False), name="tellings_due")]

    def __str__(self):
        return f"{self.notice_id} to {self.user_id}"

    @property
    def is_on_its_way(self):
        return self.letter is not None and self.letter.state in Letter.AT_WORK


class Choice(models.Model):
    """How somebody wishes to be told of a kind, in place of what is usual."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    way = models.CharField(max_length=8, choices=Way)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_a_person_and_kind")]

    def __str__(self):
        return f"{self.user_id} {self.kind}: {self.way}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def now(self):
        """Of those who are away today, in the school's time zone."""
        return self.filter(until__gte=timezone.localdate())


class Absence(models.Model):
    """Somebody is away until the end of a day: others are told in their place."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")
    until = models.DateField()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.user_id} until {self.until}"
