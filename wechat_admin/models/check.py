from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import once
from portal.tones import States, Tone

from .account import EnterpriseAccount

CHECKED_EVERY = timedelta(hours=24)
# What is older was true once, and is not called green any more.
GREEN_FOR = timedelta(hours=26)
TEST_GREEN_FOR = timedelta(days=180)
DONE_WITHIN = timedelta(minutes=2)


class CheckQuerySet(models.QuerySet["Check"]):
    def begin(self) -> None:
        """All checks anew: each is running until it says what it found."""
        rows = [Check(name=name, state=Check.State.RUNNING, at=Now()) for name in Check.Name if name != Check.Name.TEST]
        fields = ["state", "code", "facts", "at"]
        Check.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=fields)

    def of_version(self, version: int) -> Self:
        """The checks, if the account is still as it was saved with this version; else none."""
        return self.filter(Exists(EnterpriseAccount.objects.filter(version=version)))

    def found(
        self,
        name: "Check.Name",
        state: "Check.State",
        code: int | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """What a check that was begun has found."""
        self.filter(name=name).update(state=state, code=code, facts=facts or {}, at=Now())

    def give_up(self) -> None:
        """A check that came to no end says nothing."""
        self.filter(state=Check.State.RUNNING).update(state=Check.State.NOT_CHECKED, at=Now())

    def note(self, name: "Check.Name", state: "Check.State", **facts: object) -> None:
        """What was found without a check: by a person with a test message, or by the work itself."""
        self.update_or_create(name=name, defaults={"state": state, "code": None, "facts": facts, "at": Now()})

    def are_due(self) -> bool:
        """Whether the connection was not checked today."""
        return not self.filter(name=Check.Name.ADDRESS, at__gt=Now() - CHECKED_EVERY).exists()

    def are_running(self) -> bool:
        """Whether the connection is being checked now; a worker that died half-way is not waited for."""
        return self.filter(state=Check.State.RUNNING, at__gt=Now() - DONE_WITHIN).exists()

    def rows(self) -> dict[str, "Check"]:
        """{name: what was found last of it}"""
        return once.kept("checks", lambda: {check.name: check for check in self}, Check)

    def oldest(self, names: Collection["Check.Name"]) -> datetime | None:
        """When the one of these was made that was made first, or None where one was not."""
        rows = self.rows()
        return min(rows[name].at for name in names) if rows.keys() >= set(names) else None

    def standing(self, names: Collection["Check.Name"]) -> "Check.State":
        """How these checks stand together: as the worst of them; one without a row was not made."""
        rows = self.rows()
        standings = {rows[name].standing if name in rows else Check.State.NOT_CHECKED for name in names}
        return next((state for state in _WORST_FIRST if state in standings), Check.State.OK)


class Check(models.Model):
    """What the last check of the connection found, a row for each thing checked; the words are made where it is shown."""

    class Name(models.TextChoices):
        ADDRESS = "address", _("Connection to WeCom")
        APPLICATION_TOKEN = "application token", _("Application secret")
        ADDRESS_BOOK_TOKEN = "address book token", _("Address book sync secret")
        APPLICATION = "application", _("Application")
        ADDRESS_BOOK = "address book", _("Address book")
        WRITING = "writing", _("Writing into the address book")
        LOOKING_UP = "looking up", _("Finding members by number")
        RANGE = "range", _("Visible range")
        OUTGOING = "outgoing", _("Our address as WeCom sees it")
        CALLBACK = "callback", _("Callback")
        CLOCK = "clock", _("Clock")
        TEST = "test", _("Test message")  # on request only; an administrator says how it came

    class State(States):
        OK = "ok", Tone.OK, _("in order")
        WARNING = "warning", Tone.WARN, _("look at this")
        BAD = "bad", Tone.BAD, _("not in order")
        NOT_CHECKED = "not checked", _("not checked")
        RUNNING = "running", Tone.INFO, _("being checked")

    name = models.CharField(max_length=20, choices=Name, primary_key=True)
    state = models.CharField(max_length=12, choices=State)
    code = models.IntegerField(null=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = CheckQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def standing(self) -> State:
        """The State to show: green is only what was found a short while ago, and nothing runs for ever."""
        return Check.State.NOT_CHECKED if self.is_stale else Check.State(self.state)

    @property
    def is_stale(self) -> bool:
        green_for = TEST_GREEN_FOR if self.name == Check.Name.TEST else GREEN_FOR
        lasts = {Check.State.OK: green_for, Check.State.RUNNING: DONE_WITHIN}.get(Check.State(self.state))
        return lasts is not None and self.at < timezone.now() - lasts


_WORST_FIRST = [Check.State.BAD, Check.State.RUNNING, Check.State.NOT_CHECKED, Check.State.WARNING]
# What sending a message needs; and what the school's account needs to be in order.
FOR_SENDING = [Check.Name.ADDRESS, Check.Name.APPLICATION_TOKEN, Check.Name.APPLICATION, Check.Name.RANGE]
FOR_EVERYTHING = [*FOR_SENDING, Check.Name.ADDRESS_BOOK_TOKEN, Check.Name.ADDRESS_BOOK]
