import hashlib
import json
from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from portal.people import names
from portal.people.bounds import bound_groups
from portal.people.roles import Role
from portal.tones import States, Tone

from .person import reads_characters

# What was uploaded holds children's data. What waits for nobody, and what can be taken back, is deleted after this.
KEPT_DAYS = 30


class ImportQuerySet(models.QuerySet["Import"]):
    def to_work_on(self) -> Self:
        """Those that a worker has to go on with: nobody does, or whoever did is dead."""
        at_work = Q(state__in=Import.AT_WORK)
        return self.filter(at_work & (Q(lease_until=None) | Q(lease_until__lt=Now())))

    def over(self) -> Self:
        """Those kept long enough."""
        return self.filter(at__lt=Now() - timedelta(days=KEPT_DAYS)).exclude(state__in=Import.AT_WORK)


class Import(models.Model):
    """A file of people on its way into the directory. Its rows stand here until somebody lets them in."""

    class State(States):
        COLUMNS = "columns", Tone.INFO, _("columns to be matched")
        READING = "reading", Tone.INFO, _("being read")
        READY = "ready", Tone.INFO, _("to be let in")
        ENTERING = "entering", Tone.INFO, _("being let in")
        DONE = "done", Tone.OK, _("let in")
        LEAVING = "leaving", Tone.INFO, _("being taken back")
        BACK = "back", Tone.PLAIN, _("taken back")
        REFUSED = "refused", Tone.BAD, _("refused")

    AT_WORK = (State.READING, State.ENTERING, State.LEAVING)

    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=120)  # of the file
    language = models.CharField(max_length=8)  # in which whoever uploaded it reads what is wrong
    digest = models.CharField(max_length=64)  # of its bytes and of what was said of its columns
    size = models.PositiveBigIntegerField()
    read = models.PositiveBigIntegerField(default=0)  # bytes of it, so far
    state = models.CharField(max_length=8, choices=State, default=State.COLUMNS)
    lease_until = models.DateTimeField(null=True)
    table = models.CharField(max_length=8, db_default="people")  # of which kind it is
    heading_row = models.PositiveIntegerField(db_default=1)
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=list)  # what stands below each heading; "" for what is left out
    apart = models.JSONField(default=list)  # references of contacts who are not one with those of their number and name
    complete = models.JSONField(default=list)  # roles of which the file names everybody
    missing = models.JSONField(default=dict)  # {such a role: [how many it does not name, of how many]}
    new = models.JSONField(default=list)  # keys of references that are somebody new although they look like another's
    departure = models.ForeignKey("people.Departure", null=True, on_delete=models.SET_NULL, related_name="+")
    last_day = models.DateField(null=True)  # of those whom a complete file does not name
    groups = models.JSONField(default=list)  # ids of those whose members change
    regrouped = models.JSONField(default=list)  # [[group, year before, year after], …] by id, of classes it moved
    # Ids of those it made.
    new_groups = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    problem = models.TextField(blank=True)  # of the file as a whole
    counts = models.JSONField(default=dict)  # {verdict: rows}
    moved = models.JSONField(default=list)  # groups that stand, or will stand, below another year, in words
    entered_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("import", _("Import people"))]
        indexes = [models.Index(fields=["digest"], name="import_by_digest")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def bound_groups(self) -> set[int] | None:
        """Ids of the groups into which whoever uploaded it puts nobody, None where nothing binds them (bounds.py)."""
        return bound_groups(self.by)

    @property
    def state_now(self) -> State:
        """With its tone and words."""
        return self.State(self.state)

    @property
    def shown_state(self) -> str:
        """What its page says would change: another answer, or a row taken out by a colleague, makes it another."""
        said = [self.table, self.columns, self.complete, self.apart, self.new, self.counts]
        if ImportRow.Verdict.BACK in self.counts:
            said.append(list(self.rows.filter(verdict=ImportRow.Verdict.BACK).values_list("pk", flat=True)))
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]

    @property
    def changed(self) -> int:
        """Of how many who were there something is changed, or newly in question."""
        return sum(self.counts.get(verdict, 0) for verdict in ImportRow.CHANGE)

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_being_read(self) -> bool:
        return self.state == self.State.READING

    @property
    def is_at_work(self) -> bool:
        return self.state in self.AT_WORK


class ImportPiece(models.Model):
    """A piece of the uploaded file: workers need not see the disk of the web server."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="one_piece_of_a_number")]


class ImportRow(models.Model):
    """What a row of the file says of one person, and what that changes."""

    class Verdict(States):
        BAD = "bad", Tone.BAD, _("with a problem")
        WAITS = "waits", Tone.WARN, _("waiting for another row")
        NEW = "new", Tone.OK, _("new")
        BACK = "back", Tone.INFO, _("back at the school")
        MOVED = "moved", Tone.INFO, _("moved")
        CONFLICT = "conflict", Tone.WARN, _("against the office")
        CHANGED = "changed", Tone.INFO, _("changed")
        LEAVING = "leaving", Tone.WARN, _("leaving")
        UNCHANGED = "same", Tone.PLAIN, _("unchanged")

    ALIKE = "alike"  # the mark of a problem that somebody can answer
    CHANGE = (Verdict.BACK, Verdict.CHANGED, Verdict.MOVED, Verdict.CONFLICT)
    ENTER = (Verdict.NEW, *CHANGE, Verdict.LEAVING)

    # Both indexes below begin with it.
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()  # as a spreadsheet counts; of somebody the file does not name, 0
    verdict = models.CharField(max_length=8, choices=Verdict)
    reference = models.CharField(max_length=40)
    key = models.CharField(max_length=200)  # of the reference
    look = models.CharField(max_length=200)  # what references that resemble it have in common
    name = models.CharField(max_length=210)
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="import_rows")
    said = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    problems = models.JSONField(default=list)  # [[column, sentence, what stands there], …]
    changes = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # {what: [before, after]} in words
    undo = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # what a change that was made replaced, and by what
    joins = models.BooleanField(db_default=False)  # taken for one person although several rows name them
    shares = models.BooleanField(default=False, db_default=False)  # a number or an address that it brings, with others
    names_others = models.BooleanField(default=False)  # pupils whom the directory does not know
    entered = models.BooleanField(default=False)
    kept = models.CharField(max_length=200, blank=True)  # why it was not taken back

    class Meta:
        default_permissions = ()
        ordering = ["id"]
        indexes = [
            models.Index(fields=["of", "verdict", "id"], name="import_rows_by_verdict"),
            models.Index(fields=["of", "key"], name="import_rows_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.reference}"

    @property
    def name_as_read(self) -> str:
        """Of the person as the file would have them; the characters in front for readers of Chinese."""
        said = self.said[0] if self.said else {}
        own = (said.get(column, getattr(self.person, column, "")) for column in names.COLUMNS)
        return names.full(*own, chinese_first=reads_characters()) or self.name

    @property
    def last_day(self) -> date | None:
        """Of a contact who leaves with a pupil whose last day the file says."""
        text = (self.undo or {}).get("last_day")
        return date.fromisoformat(text) if text else None

    @property
    def pupil_references(self) -> list[str]:
        """The pupils of a contact, as the file names them."""
        return list(self.said[2]) if self.said else []

    @property
    def pupils_ended(self) -> list[str]:
        """References of pupils who have somebody else in the file as what this contact is to them."""
        return [reference for reference, flags in self.said[2].items() if flags is None] if self.said else []

    @property
    def roles_over(self) -> list[tuple[Role, date]]:
        """[(what the file says they are and they are no more, its last day)]: a file without last days takes nobody back."""
        said = self.said[0] if self.said else {}
        if self.person is None or "leaving_on" in said:
            return []
        over = [role for role in self.person.roles_on_record if said.get(role.column) and not self.person.is_now(role)]
        return [(role, getattr(self.person, role.last_day)) for role in over]

    @property
    def is_back(self) -> bool:
        """Whether somebody has said so of what the file says they are and they were no more."""
        return self.verdict == self.Verdict.BACK

    @property
    def roles_ended(self) -> list[str | Promise]:
        """In words, of somebody who leaves."""
        return [Role(role).label for role in (self.undo or {}).get("roles", [])]

    @property
    def leaves(self) -> bool:
        return self.verdict == self.Verdict.LEAVING

    @property
    def stays_if_asked(self) -> bool:
        """Whether somebody may say that the person stays what they are, whatever the file says."""
        return self.leaves or bool(self.verdict in self.ENTER and self.pupils_ended)

    @property
    def may_be_new(self) -> bool:
        """Whether nothing is wrong but that the reference looks like another's."""
        return [problem[3:] for problem in self.problems] == [[self.ALIKE]]


class KnownColumn(models.Model):
    """What a heading of the school's own files means, where somebody has said so."""

    table = models.CharField(max_length=8)
    heading = models.CharField(max_length=200)  # its key
    meaning = models.CharField(max_length=30, blank=True)  # "" for what is left out

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["table", "heading"], name="a_heading_means_one_thing")]

    def __str__(self) -> str:
        return f"{self.heading}: {self.meaning}"
