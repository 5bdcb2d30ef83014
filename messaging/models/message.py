import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import languages
from portal.people.models import User
from portal.people.models.person import PersonQuerySet
from portal.school.table import value
from portal.tones import Shown, States
from wechat_admin.models import EnterpriseAccount

from ..kinds import KINDS, Kind, Part, Shape
from .deletable import Deletable, NotDeleted
from .message_queryset import MessageQuerySet
from .rule import Rule
from .states import STATE_OF_BATCH, BatchState, MessageStatus, State, WhyPaused, finished

if TYPE_CHECKING:
    from .attachment import Attachment


def new_token() -> str:
    """128 bits: nobody guesses it."""
    return secrets.token_urlsafe(16)


class Message(Deletable):
    """What somebody writes to people, from the draft to what became of it."""

    Status = MessageStatus
    PausedReason = WhyPaused

    # What somebody writes into a message.
    SAID = ("kind", "text", "main_language", "translations", "title", "address", "articles", "audience")
    BEFORE_ITS_TIME = (Status.DRAFT, Status.AWAITING, Status.SCHEDULED)

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TEXT)
    # The main text, for everybody who has none in their own language; under a card or video its description.
    text = models.TextField(blank=True)
    # Of the main text; "" where nobody has said it, as before it was asked.
    main_language = models.CharField(max_length=8, choices=languages.choices, blank=True, default="", db_default="")
    translations = models.JSONField(default=dict, blank=True)  # {language: text}
    title = models.CharField(max_length=128, blank=True)  # of a card or video
    address = models.CharField(max_length=2048, blank=True)  # where a card leads
    articles = models.JSONField(default=list, blank=True)  # [{title, description, url, picture: attachment id or null}]
    media_until = models.DateTimeField(null=True)  # so long WeCom keeps what was uploaded for it
    uploads = models.PositiveSmallIntegerField(default=0)
    part_count = models.PositiveSmallIntegerField(default=1, db_default=1)  # the words, and the files that follow
    is_test = models.BooleanField(default=False)  # to its author alone; counted and listed nowhere
    # Put behind the text of batches not yet written down, to make a text differ on purpose.
    addition = models.CharField(max_length=20, blank=True)
    audience = models.JSONField(default=dict)  # see audience.py
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    urgent = models.BooleanField(default=False)
    account_key = models.CharField(max_length=64, blank=True)

    # Of a draft: what waits for its time and is to say this instead, as it was when somebody began to change it.
    changes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    changes_version = models.PositiveIntegerField(null=True)

    # Of the page or button that made it: pressed twice it makes one draft.
    creation = models.CharField(max_length=32, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(db_default=Now())
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    wanted_at = models.DateTimeField(null=True)  # when it is to go out, as the sender chose; null: now
    start_at = models.DateTimeField(
        db_default=Now()
    )  # when it is frozen and sent: some moments after Send, or as wanted
    # Who pressed Send, and the rule as it read then: each saved audience is written into it.
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sent_rule = models.JSONField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True)
    # Whose release does not count any more, as it was changed after that.
    was_released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Of what exactly it was released: these people, these words, this time.
    released_digest = models.CharField(max_length=64, blank=True, db_default="")
    released_content = models.CharField(max_length=64, blank=True, db_default="")
    released_for = models.DateTimeField(null=True)
    sent_back_note = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=20, choices=PausedReason, blank=True)
    paused_code = models.IntegerField(null=True)
    last_served_at = models.DateTimeField(null=True)
    # The end of the leases of what is in flight, else the last answer: so long it counts for WeCom's silent limits.
    counts_until = models.DateTimeField(null=True)

    # What the sender saw when pressing Send, and what the frozen list came to.
    shown_count = models.PositiveIntegerField(default=0)
    shown_digest = models.CharField(max_length=64, blank=True)
    frozen_digest = models.CharField(max_length=64, blank=True)
    recipients = models.PositiveIntegerField(default=0)
    # How many pupils it was for by their contacts, when the list was frozen; null: for none, or not known.
    pupils = models.PositiveIntegerField(null=True)
    final_counts = models.JSONField(null=True)  # written once when finished, and again by a late proof
    # What is kept for a time only (keeping.py): since when it is gone.
    bytes_removed_at = models.DateTimeField(null=True)
    texts_removed_at = models.DateTimeField(null=True)
    people_removed_at = models.DateTimeField(null=True)

    objects: ClassVar = NotDeleted.from_queryset(MessageQuerySet)()

    class Meta:
        default_permissions = ()
        permissions = [
            ("write", _("Messaging")),
            ("own_groups", _("Messaging: own groups only")),
            ("approve", _("Messaging: release")),
            ("report", _("Reports of all messages")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "creation"], condition=~Q(creation=""), name="a_page_makes_one_draft"
            )
        ]
        indexes = [
            models.Index(
                fields=["status", "start_at"],
                condition=~Q(status__in=["draft", "finished", "cancelled"]),
                name="messages_at_work",
            ),
            # Was the same text sent lately?
            models.Index(fields=["sent_at"], condition=Q(sent_at__isnull=False), name="messages_by_sending"),
            models.Index(fields=["author", "-id"], name="messages_of_an_author"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="messages_deleted"),
            models.Index(fields=["counts_until"], condition=Q(counts_until__isnull=False), name="messages_that_count"),
        ]

    def __str__(self) -> str:
        return (self.title or self.text)[:60]

    def get_absolute_url(self) -> str:
        name = "messaging:edit" if self.status == self.Status.DRAFT else "messaging:message"
        return reverse(name, args=[self.pk])

    # --- where it stands ---

    @property
    def standing(self) -> States | Shown:
        """What a list shows of it: of a finished one how many got it, where that is not everybody."""
        status = self.Status(self.status)
        if status == self.Status.FINISHED and self.final_counts is not None:
            return finished(status, self.final_counts)
        return status

    def is_visible_to(self, user: User) -> bool:
        """The same as of the queryset, of one."""
        return self.author_id == user.pk or user.has_perm("messaging.report")

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_awaiting(self) -> bool:
        return self.status == self.Status.AWAITING

    @property
    def is_scheduled(self) -> bool:
        return self.status == self.Status.SCHEDULED

    @property
    def is_preparing(self) -> bool:
        return self.status == self.Status.PREPARING

    @property
    def is_being_sent(self) -> bool:
        return self.status == self.Status.SENDING

    @property
    def is_paused(self) -> bool:
        return self.status == self.Status.PAUSED

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def is_paused_for_the_same_text(self) -> bool:
        return self.is_paused and self.paused_reason == self.PausedReason.SAME_TEXT

    @property
    def is_paused_for_a_second_person(self) -> bool:
        return self.is_paused and self.paused_reason == self.PausedReason.SECOND_PERSON

    @property
    def sender(self) -> User:
        """Who pressed Send; their groups and their rights count."""
        return self.sent_by or self.author

    @property
    def rule(self) -> Rule:
        """Whom it is for: of a draft as it is written, later as it read when Send was pressed."""
        return self.audience if self.sent_rule is None else self.sent_rule

    @property
    def is_released_as_frozen(self) -> bool:
        """Whether somebody released exactly the people of the frozen list."""
        return self.released_by_id is not None and self.released_digest == self.frozen_digest

    @property
    def was_moved_after_release(self) -> bool:
        return self.released_by_id is not None and bool(self.released_digest) and self.released_for != self.wanted_at

    @property
    def waits_for_release(self) -> bool:
        return self.is_awaiting or self.is_paused_for_a_second_person

    @property
    def is_paused_for_a_changed_list(self) -> bool:
        grown = (self.PausedReason.LIST_CHANGED, self.PausedReason.SECOND_PERSON)
        return self.is_paused and self.paused_reason in grown and self.frozen_count != self.shown_count

    @property
    def way_on(self) -> str | Promise:
        """What the button says that goes on with a paused message."""
        return self.PausedReason(self.paused_reason).way_on if self.is_paused else ""

    @property
    def shown_state(self) -> str:
        """What a button of its page decides about, beside its people: where it is another by then, nothing is done."""
        return f"{self.version} {self.paused_reason} {self.paused_code or ''}".rstrip()

    @property
    def language_of_text(self) -> str:
        """What the main text is written in: as its author said, or as its letters tell."""
        return self.main_language or languages.written_in(self.text)

    @property
    def can_be_stopped(self) -> bool:
        """At work of its own accord; a paused one is stopped where it says why it waits."""
        return self.is_at_work and not (self.is_paused or self.is_stopping or self.is_held)

    @property
    def differs_from_shown(self) -> bool:
        """Whether the frozen list is another than the sender saw."""
        return self.is_frozen and self.frozen_digest != self.shown_digest

    @property
    def is_at_work(self) -> bool:
        return self.status in (self.Status.PREPARING, self.Status.SENDING, self.Status.PAUSED)

    @property
    def is_held(self) -> bool:
        """Between Send and its start: it can be taken back as if nothing had been pressed."""
        return self.status == self.Status.PREPARING and self.start_at > timezone.now()

    @property
    def listed_at(self) -> datetime | None:
        """The time it is listed by: when it goes out, or when Send was pressed."""
        return self.start_at if self.is_scheduled else self.sent_at

    @property
    def waits_when_the_list_changes(self) -> bool:
        """Somebody released or scheduled exactly this list."""
        return self.released_at is not None or self.wanted_at is not None

    @property
    def can_be_changed(self) -> bool:
        """The same as of the queryset, of one."""
        return self.is_awaiting or (self.is_scheduled and self.start_at > timezone.now())

    @property
    def is_a_change(self) -> bool:
        """Also of what is gone by now: it never becomes a message of its own unseen."""
        return self.changes_version is not None

    @property
    def is_too_late_a_change(self) -> bool:
        """Whether what it changes has begun, or is not any more what somebody began to change."""
        waiting = self.changes
        is_as_it_was = waiting and waiting.can_be_changed and waiting.version == self.changes_version
        return self.is_a_change and not is_as_it_was

    @property
    def can_be_moved(self) -> bool:
        """It waits for a time of its own, or is to wait for one: another can be chosen."""
        return self.wanted_at is not None and self.status in self.BEFORE_ITS_TIME

    @property
    def quieter_time(self) -> datetime | None:
        """Some minutes off the hour or half hour at which it is to go out; None where there is nothing to offer."""
        at = self.start_at if self.is_scheduled else self.wanted_at
        if at is None or at <= timezone.now() or self.urgent or not value("off_the_hour"):
            return None
        is_crowded = timezone.localtime(at).minute in (0, 30)
        return at + timedelta(minutes=2 + self.pk % 6) if is_crowded else None

    @property
    def is_frozen(self) -> bool:
        return bool(self.frozen_digest)

    @property
    def seconds_to_start(self) -> int:
        return max(0, round((self.start_at - timezone.now()).total_seconds()))

    @property
    def account(self) -> EnterpriseAccount:
        """The Enterprise Account it goes through: the only place that knows which is a message's."""
        return EnterpriseAccount.objects.the()

    # --- what it says ---

    @property
    def shape(self) -> Shape:
        return KINDS[Kind(self.kind)]

    @cached_property
    def file(self) -> "Attachment | None":
        """The picture, video or file itself, without its bytes; None where it has none."""
        return self.attachments.filter(role="body").defer("data").first()

    @cached_property
    def following(self) -> "list[Attachment]":
        """The files that follow, in their order and without their bytes."""
        if self.part_count == 1:
            return []
        return list(self.attachments.filter(role="follows").defer("data").order_by("place", "pk"))

    def later_part(self, number: int) -> Part:
        """What the second call says, and those after it."""
        file = self.following[number - 2]
        return Part(file.kind, file=file)

    @property
    def part(self) -> Part:
        return Part(
            self.kind,
            text=self.text,
            title=self.title,
            address=self.address,
            articles=self.articles,
            file=self.file if self.shape.has_file else None,
        )

    @property
    def what_is_missing(self) -> str | None:
        """Why it cannot go out as it stands, in a sentence, or None."""
        return next((sentence for _field, sentence in self.part.missing), None)

    @property
    def has_words(self) -> bool:
        return self.shape.has_words

    @property
    def summary(self) -> str:
        """One line for a list."""
        if self.texts_removed_at:
            return gettext("Its text was removed: it is too old.")
        if self.shape.has_articles and self.articles:
            return self.articles[0].get("title", "")
        return self.title or self.text or self.get_kind_display()

    @property
    def is_stopping(self) -> bool:
        return self.is_at_work and self.cancel_requested_at is not None

    @property
    def frozen_count(self) -> int:
        """How many were reachable when the list was frozen."""
        return self.batches.filter(part_number=1).aggregate(people=Sum("size"))["people"] or 0

    @property
    def counts(self) -> dict[str, int]:
        """{state: people}, adding up to `recipients`: from the stored final counts, else from batches and exceptions."""
        return self.final_counts if self.final_counts is not None else self.count()

    def count(self) -> dict[str, int]:
        """Sums over batches and exceptions; the rows of people without a problem are never counted one by one."""
        counts: dict[str, int] = {}
        accepted: Counter = Counter()
        sums = self.batches.values_list("part_number", "state").annotate(Sum("size"), Sum("problems"))
        for part, state, people, problems in sums:
            if state == BatchState.ACCEPTED:
                accepted[part] += people - problems
            elif part == 1:
                counts[STATE_OF_BATCH[state]] = counts.get(STATE_OF_BATCH[state], 0) + people - problems
        # Whoever was accepted for a part was so for those before it.
        counts[State.ACCEPTED] = accepted[self.part_count]
        rest = self.state_of_the_rest
        counts[rest] = counts.get(rest, 0) + accepted[1] - accepted[self.part_count]
        exceptions = self.deliveries.exclude(problem=None).values_list("problem").annotate(Count("pk"))
        counts.update(exceptions)
        return {state: people for state, people in counts.items() if people}

    def count_among(self, people: PersonQuerySet) -> dict[str, int]:
        """The same of those `people` alone, few as they are: each by what became of them."""
        theirs = self.deliveries.filter(person__in=people.every_row()).with_every_part().select_related("batch")
        return Counter(delivery.state for delivery in theirs.defer("batch__body", "batch__content"))

    @property
    def state_of_the_rest(self) -> State:
        """What those are in whose words were accepted and not every part: while it is at work they wait."""
        return State.WAITING if self.is_at_work else State.PARTLY

    def missing_parts(self) -> dict[int, int]:
        """{number of a part: how many have those before it and neither it nor what comes after}, of one that has ended."""
        sums = self.batches.filter(state=BatchState.ACCEPTED).values_list("part_number")
        accepted = Counter(dict(sums.annotate(got=Sum(F("size") - F("problems")))))
        missing = {part: accepted[part - 1] - accepted[part] for part in range(2, self.part_count + 1)}
        return {part: people for part, people in missing.items() if people}

    def sent_of_missing(self) -> dict[int, int]:
        """{number of a part: key of the last message that was sent with it to those who had not got it here}"""
        sent = Message.objects.filter(pk__gt=self.pk, sent_at__isnull=False, sent_rule__include__0__of_message=self.pk)
        sent = sent.exclude(status=self.Status.DRAFT).order_by("pk")
        return dict(sent.values_list("sent_rule__include__0__without_part", "pk"))
