import hashlib
from datetime import timedelta

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.crypto import EncryptedField

from .qr import leads_to_wechat
from .wecom.codes import meaning
from .wecom.tokens import token_key

SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=60), timedelta(minutes=30)


class EnterpriseAccountQuerySet(models.QuerySet):
    def the(self):
        """The school's account; before the first save an empty one, not saved."""
        return self.first() or EnterpriseAccount()

    def sending_allowed(self):
        """The account, if nothing stops sending: not paused, not held, no wait to sit out."""
        return self.filter(Q(wait_until=None) | Q(wait_until__lte=Now()), sending_paused=False, hold_code=None)

    def hold(self, code):
        """Stop sending until the configuration is put right; the first reason stays."""
        self.filter(hold_code=None).update(hold_code=code, hold_since=Now(), probe_at=Now())

    def lift_hold(self):
        self.update(hold_code=None, hold_since=None, probe_at=None)

    def wait(self):
        """Stop sending for a while: 60 s, doubled with every further refusal up to 30 min."""
        waits = [When(waits=n, then=Value(SHORTEST_WAIT * 2**n)) for n in range(5)]
        wait = Case(*waits, default=Value(LONGEST_WAIT), output_field=models.DurationField())
        self.filter(Q(wait_until=None) | Q(wait_until__lte=Now())).update(wait_until=Now() + wait, waits=F("waits") + 1)

    def writing_proven(self):
        self.update(writing_proven_at=Now(), writing_refused_code=None)

    def writing_refused(self, code):
        self.update(writing_refused_code=code)

    def nothing_to_wait_for(self):
        """No refusal for a while: the next wait begins short again."""
        self.exclude(waits=0).filter(wait_until__lte=Now() - timedelta(minutes=5)).update(waits=0, wait_until=None)


class EnterpriseAccount(models.Model):
    """The school's Enterprise Account at WeCom: the guide's five values, the switches, and what sending waits for."""

    corporation_id = models.CharField(_("Corporation id"), max_length=64, blank=True)
    application_secret = EncryptedField(_("Application secret"))
    application_agent_id = models.PositiveBigIntegerField(_("Application agent id"), null=True, blank=True)
    address_book_secret = EncryptedField(_("Address book sync secret"))
    qr_target = models.TextField(blank=True)  # what the QR code says
    qr_png = models.BinaryField(default=bytes)  # redrawn by us from qr_target
    qr_picture = models.BinaryField(default=bytes)  # what was uploaded, re-encoded by us: a small grey JPEG
    registration_visible = models.BooleanField(_("Make registration visible"), default=False)
    sending_paused = models.BooleanField(default=False)

    # Who typed a secret and when, for "Saved 3 May by A. Jones"; the secret itself never goes back to a browser.
    application_secret_set_by = models.CharField(max_length=200, blank=True)
    application_secret_set_at = models.DateTimeField(null=True)
    address_book_secret_set_by = models.CharField(max_length=200, blank=True)
    address_book_secret_set_at = models.DateTimeField(null=True)
    qr_set_at = models.DateTimeField(null=True)
    qr_tried_at = models.DateTimeField(null=True)  # when an administrator scanned it and said that it still works

    version = models.PositiveIntegerField(default=0)
    saved_by = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField(null=True)

    hold_code = models.IntegerField(null=True)
    hold_since = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)  # when agent/get is tried next, to lift the hold
    wait_until = models.DateTimeField(null=True)
    waits = models.PositiveSmallIntegerField(default=0)
    # When WeCom last let us write a member, and the code with which it last refused to.
    writing_proven_at = models.DateTimeField(null=True)
    writing_refused_code = models.IntegerField(null=True)

    # Members see each other's names in the WeCom app unless the console hides them; we cannot check it.
    address_book_hidden_by = models.CharField(max_length=200, blank=True)
    address_book_hidden_at = models.DateTimeField(null=True)

    # The callback's own pair, made by us and copied into the console.
    callback_token = EncryptedField()
    callback_aes_key = EncryptedField()
    callback_verified_at = models.DateTimeField(null=True)  # when WeCom last asked whether the address is ours
    callback_refused = models.PositiveIntegerField(default=0)  # calls that were not WeCom's, or not for this company

    objects = EnterpriseAccountQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_account", _("Weixin / WeChat Administration: view")),
            ("change_account", _("Weixin / WeChat Administration: change")),
            ("switch_registration", _("Weixin / WeChat Administration: make registration visible")),
        ]
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="the_school_has_one_enterprise_account")]

    def __str__(self):
        return self.corporation_id or gettext("not linked")

    @property
    def missing(self):
        """The labels of the guide's five values that are not there yet, in its order."""
        values = [
            (self.corporation_id, _("Corporation id")),
            (self.application_secret, _("Application secret")),
            (self.application_agent_id is not None, _("Application agent id")),
            (self.address_book_secret, _("Address book sync secret")),
            (self.qr_target, _("QR code")),
        ]
        return [label for value, label in values if not value]

    @property
    def is_linked(self):
        return not self.missing

    @property
    def is_registration_open(self):
        return self.registration_visible and self.is_linked

    @property
    def qr_should_be_tried(self):
        """Nobody knows how long a code lives: six days after the upload, then monthly, somebody scans it once.

        A code that leads elsewhere than to WeChat is tried at once.
        """
        if not self.qr_target:
            return False
        if self.qr_tried_at:
            return self.qr_tried_at < timezone.now() - timedelta(days=30)
        is_old = self.qr_set_at is not None and self.qr_set_at < timezone.now() - timedelta(days=6)
        return is_old or not leads_to_wechat(self.qr_target)

    @property
    def qr_leads_elsewhere(self):
        return bool(self.qr_target) and not leads_to_wechat(self.qr_target)

    @property
    def invitation_address(self):
        """The web address that the QR code leads to, or "" where it holds something else."""
        return self.qr_target if self.qr_target.startswith(("http://", "https://")) else ""

    @property
    def account_key(self):
        """Names this company and application; registrations and messages of another do not count."""
        return account_key(self.corporation_id, self.application_agent_id)

    @property
    def hold_meaning(self):
        """The Meaning of what stops sending, or None."""
        return meaning(self.hold_code) if self.hold_code is not None else None


def account_key(corporation_id, agent_id):
    return hashlib.sha256(f"{corporation_id}\0{agent_id}".encode()).hexdigest()


class CallbackEvent(models.Model):
    """Something WeCom told us. Kept: that it came, of whom and when. Not kept: what a person wrote."""

    digest = models.CharField(max_length=64, unique=True)  # WeCom may say a thing three times
    kind = models.CharField(max_length=40)  # an event ("subscribe"), or "message"
    userid = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], condition=Q(processed_at=None), name="callbacks_to_process"),
            models.Index(fields=["kind", "userid"], name="callbacks_of_a_person"),
        ]

    def __str__(self):
        return f"{self.kind} {self.userid}"


class AutoReply(models.Model):
    """Somebody who wrote to the school here was told, once that day, where to write."""

    userid = models.CharField(max_length=64)  # in lower case
    on = models.DateField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["userid", "on"], name="one_reply_a_person_and_day")]

    def __str__(self):
        return f"{self.userid} {self.on}"


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
        """Whether somebody is examining now; a worker that died half-way is not waited for."""
        return self.filter(state=Check.State.RUNNING, at__gt=Now() - timedelta(minutes=2)).exists()


class Check(models.Model):
    """What the last examination of the connection found, a row a check; the words are made where it is shown."""

    class Name(models.TextChoices):
        ADDRESS = "address", _("Connection to WeCom")
        APPLICATION_TOKEN = "application token", _("Application secret")
        ADDRESS_BOOK_TOKEN = "address book token", _("Address book sync secret")
        APPLICATION = "application", _("Application")
        ADDRESS_BOOK = "address book", _("Address book")
        WRITING = "writing", _("Writing into the address book")
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

    @property
    def meaning(self):
        return meaning(self.code) if self.code is not None else None


class Token(models.Model):
    """An access token of one secret, or the errcode with which WeCom refused that secret for good."""

    key = models.CharField(max_length=64, primary_key=True)
    token = EncryptedField()
    expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)
    refused_code = models.IntegerField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.key[:8]


def refused_secret(corporation_id, secret):
    """The errcode with which WeCom refused this secret of this corporation before, or None."""
    key = token_key(corporation_id, secret.reveal())
    return Token.objects.filter(key=key).values_list("refused_code", flat=True).first()


class Lock(models.Model):
    """A lease on work that only one process may do at a time, taken by conditional UPDATE, by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name

    @classmethod
    def take(cls, name, lease):
        """Whether the lock is ours for `lease` (a timedelta)."""
        Lock.objects.bulk_create([Lock(name=name)], ignore_conflicts=True)
        free = cls.objects.filter(Q(until=None) | Q(until__lt=Now()), name=name)
        return free.update(until=Now() + lease) == 1

    @classmethod
    def keep(cls, name, lease):
        cls.objects.filter(name=name).update(until=Now() + lease)

    @classmethod
    def release(cls, name):
        cls.objects.filter(name=name).update(until=None)
