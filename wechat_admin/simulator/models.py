import threading

from django.db import models

from .switches import SWITCHES


class MemberSet(models.QuerySet):
    def present(self):
        return self.filter(left=False)

    def waiting(self):
        """Not activated: neither client is there."""
        return self.filter(in_wecom=False, follows=False, disabled=False, left=False)


class Member(models.Model):
    ACTIVE, DISABLED, NOT_ACTIVATED, LEFT = 1, 2, 4, 5

    userid = models.CharField(max_length=64)
    key = models.CharField(max_length=64, unique=True)  # the userid in lower case, as WeCom compares
    name = models.CharField(max_length=64)
    mobile = models.CharField(max_length=32, blank=True)  # +8613800000000, as WeCom compares
    written = models.CharField(max_length=32, blank=True, db_index=True)  # as it was typed
    email = models.CharField(max_length=64, blank=True)
    biz_mail = models.CharField(max_length=64, blank=True)
    departments = models.JSONField(default=list)
    details = models.JSONField(default=dict)  # what else was given: position, alias, …
    in_wecom = models.BooleanField(default=False)  # activated the WeCom app
    follows = models.BooleanField(default=False)  # follows the school in WeChat
    disabled = models.BooleanField(default=False)
    left = models.BooleanField(default=False)
    odd_status = models.IntegerField(null=True)  # one that no document names
    licensed = models.BooleanField(default=True)
    silenced = models.BooleanField(default=False)  # has switched messages of applications off
    invitations = models.IntegerField(default=0)  # service notices "you were invited" that WeCom sent by itself
    ours = models.BooleanField(default=False)  # made through the API, not by hand before

    objects = MemberSet.as_manager()

    class Meta:
        app_label = "simulator"
        constraints = [
            models.UniqueConstraint(fields=["mobile"], condition=~models.Q(mobile=""), name="mobile_once"),
            models.UniqueConstraint(fields=["email"], condition=~models.Q(email=""), name="email_once"),
        ]

    @property
    def status(self):
        """As `user/get` says it (doc 90196): 1 is WeCom or WeChat, nothing tells which."""
        if self.odd_status is not None:
            return self.odd_status
        if self.left:
            return self.LEFT
        if self.disabled:
            return self.DISABLED
        return self.ACTIVE if self.in_wecom or self.follows else self.NOT_ACTIVATED

    @property
    def is_active(self):
        return self.status == self.ACTIVE


class Department(models.Model):
    """One made through the API or typed into the console, beside those the company has had from the start."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=64)
    parent = models.IntegerField()

    class Meta:
        app_label = "simulator"
        constraints = [models.UniqueConstraint(fields=["parent", "name"], name="once_among_siblings")]


class AccessToken(models.Model):
    token = models.CharField(max_length=512, unique=True)
    kind = models.CharField(max_length=20)
    expires_at = models.FloatField()
    is_handed_out = models.BooleanField(default=True)  # what gettoken gives while it is valid
    refused_until = models.FloatField(default=0)
    refused_with = models.IntegerField(default=42001)

    class Meta:
        app_label = "simulator"


class Media(models.Model):
    """A file that was uploaded for sending; gone after three days."""

    media_id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=255)
    data = models.BinaryField()
    until = models.FloatField()

    class Meta:
        app_label = "simulator"


class Sent(models.Model):
    """An accepted `message/send`: for recall, for the day's quota, and the duplicate memory."""

    msgid = models.CharField(max_length=64, unique=True)
    at = models.FloatField()
    digest = models.CharField(max_length=64, db_index=True)
    remembered_until = models.FloatField()
    answer = models.JSONField()
    persons_today = models.IntegerField(default=0)  # person-times of the day up to and with this one

    class Meta:
        app_label = "simulator"


class InboxEntry(models.Model):
    """A message as it lies in a member's WeChat, in their WeCom app, or in both."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="inbox")
    msgid = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=10, default="text")
    text = models.TextField()  # what a text says; of other kinds a line that says what lies there
    content = models.JSONField(default=dict)  # as it is shown
    was_cut = models.BooleanField(default=False)
    in_wechat = models.BooleanField(default=True)
    in_wecom = models.BooleanField(default=False)
    at = models.FloatField(db_index=True)

    class Meta:
        app_label = "simulator"
        indexes = [models.Index(fields=["member", "at"])]

    @property
    def bubble(self):
        """The template of a message of its kind."""
        return f"simulator/bubbles/{self.kind}.html"


class Lost(models.Model):
    """A message that was accepted and is shown nowhere. Nobody who calls learns of it; a test can."""

    userid = models.CharField(max_length=64)
    msgid = models.CharField(max_length=64)
    text = models.TextField()
    why = models.CharField(max_length=40)
    at = models.FloatField()

    class Meta:
        app_label = "simulator"


class Rule(models.Model):
    """What is to happen to the next calls."""

    call = models.CharField(max_length=60)  # "message/send", or "*"
    effect = models.CharField(max_length=20)
    code = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)
    times = models.IntegerField(default=1)  # −1: until cleared

    class Meta:
        app_label = "simulator"


class Setting(models.Model):
    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()

    class Meta:
        app_label = "simulator"

    DEFAULTS = {name: switch.demo for name, switch in SWITCHES.items()} | {
        "visible_departments": [1],
        "visible_tags": [],
        "visible_users": [],
        "tagged_users": {},  # tag → userids an administrator put there
        "member_limit": 100000,
        "limits": {},
        "blocks": {},  # call → until when it is refused with 45009
        "clock": None,
        "chaos": {},
        "callback": None,
    }
    _known, _version = None, 0
    _lock = threading.Lock()  # never held while the database is asked: it may be waiting for a lock of its own

    @classmethod
    def all(cls):
        """One process, so what was read once is true until it is set here."""
        known, version = cls._known, cls._version
        if known is None:
            known = cls.DEFAULTS | dict(cls.objects.values_list("name", "value"))
            with cls._lock:
                if version == cls._version:
                    cls._known = known
        return known

    @classmethod
    def set(cls, name, value):
        cls.objects.update_or_create(name=name, defaults={"value": value})
        cls._forget()

    @classmethod
    def forget_all(cls):
        cls.objects.all().delete()
        cls._forget()

    @classmethod
    def _forget(cls):
        with cls._lock:
            cls._known, cls._version = None, cls._version + 1


class Call(models.Model):
    """A call that was answered, for the control page, the tests and the limits. Holds no body and no token."""

    call = models.CharField(max_length=60)
    errcode = models.IntegerField(null=True)
    at = models.FloatField()

    class Meta:
        app_label = "simulator"
        indexes = [models.Index(fields=["call", "at"])]
