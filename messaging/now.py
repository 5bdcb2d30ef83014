"""The messages that somebody should see at once: what waits for them, what goes out, what they sent last."""

from dataclasses import dataclass, field

from .models import Message

Status = Message.Status
MOST_RECENT = 5


@dataclass
class Now:
    waiting: list = field(default_factory=list)  # for a second person
    stuck: list = field(default_factory=list)  # for somebody who decides how it goes on
    running: list = field(default_factory=list)
    recent: list = field(default_factory=list)

    @classmethod
    def of(cls, user):
        """In one question: what has not ended, by the index of those at work, and the last ones by their numbers."""
        listed, now = Message.objects.listed(), cls()
        mine = listed.visible_to(user)
        last = mine.exclude(status=Status.DRAFT).order_by("-pk").values("pk")[:MOST_RECENT]
        wanted = [Message.objects.filter(pk__in=last).values("pk"), mine.at_work().values("pk")]
        if user.has_perm("messaging.approve"):
            wanted.append(listed.to_release().values("pk"))
        found = Message.objects.filter(pk__in=wanted[0].union(*wanted[1:]))
        for message in found.select_related("author__person", "sent_by").order_by("-pk"):
            now._sort(message, user)
        return now

    def _sort(self, message, user):
        is_theirs = message.is_visible_to(user)
        if message.is_awaiting or message.is_paused_for_a_second_person:
            self.waiting.append(message)
        elif message.is_paused and is_theirs and not message.is_stopping:
            self.stuck.append(message)
        elif message.is_being_sent or message.is_preparing:
            self.running.append(message)
        if is_theirs and len(self.recent) < MOST_RECENT:
            self.recent.append(message)
