from collections.abc import Mapping
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.people.phones import display
from portal.tones import States, Tone

from .person import Person


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> Self:
        """Those that nobody has decided about, of people who are here."""
        return self.filter(state=Proposal.State.OPEN, person__in=Person.objects.not_left())


class Proposal(models.Model):
    """A correction of their own record that somebody proposes; the office decides."""

    class What(models.TextChoices):
        MOBILE = "mobile", _("mobile")
        EMAIL = "email", _("e-mail")
        NAME = "name", _("name")

    class State(States):
        OPEN = "open", Tone.INFO, _("waits for the office")
        ACCEPTED = "accepted", Tone.OK, _("accepted")
        REFUSED = "refused", Tone.WARN, _("not accepted")
        WITHDRAWN = "withdrawn", _("taken back")

    COLUMNS = {
        What.MOBILE: ["mobile"],
        What.EMAIL: ["email"],
        What.NAME: ["given_name", "family_name", "chinese_name"],
    }

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="proposals")
    what = models.CharField(max_length=6, choices=What)
    before = models.JSONField()  # {column of the person: what stood there}
    values = models.JSONField()  # {column of the person: what is proposed}
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    made_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["person", "what"], condition=Q(state="open"), name="one_open_proposal_of_a_kind"
            )
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(state="open"), name="open_proposals")]

    def __str__(self) -> str:
        return f"{self.person}: {self.what}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def standing(self) -> State:
        return self.State(self.state)

    @property
    def shown_before(self) -> str:
        return self._in_words(self.before)

    @property
    def shown(self) -> str:
        return self._in_words(self.values)

    def _in_words(self, values: Mapping[str, str]) -> str:
        texts = [text for column in self.COLUMNS[self.What(self.what)] if (text := values.get(column))]
        return display(texts[0]) if texts and self.what == self.What.MOBILE else " ".join(texts)
