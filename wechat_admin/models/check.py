from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CheckQuerySet(models.QuerySet):
    def begin(self):
        """All checks anew: each is running until it says what it found."""
        for name in set(Check.Name) - {Check.Name.TEST}:
            self.update_or_create(
                name=name, defaults={"state": Check.State.RUNNING, "code": None, "facts": {}, "at": Now()}
            )

    def found(self, name, state, code, facts):
        self.update_or_create(name=name, defaults={"state": state, "code": code, "facts": facts, "at": Now()})

    def are_running(self):
        """Whether the connection is being checked now; a worker that died half-way is not waited for."""
        return self.filter(state=Check.State.RUNNING, at__gt=Now() - timedelta(minutes=2)).exists()


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

    class State(models.TextChoices):
        OK = "ok", _("in order")
        WARNING = "warning", _("look at this")
        BAD = "bad", _("not in order")
        NOT_CHECKED = "not checked", _("not checked")
        RUNNING = "running", _("being checked")

    name = models.CharField(max_length=20, choices=Name, primary_key=True)
    state = models.CharField(max_length=12, choices=State)
    code = models.IntegerField(null=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = CheckQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.name}: {self.state}"
