from django.db import models


class Member(models.Model):
    ACTIVE, DISABLED, NOT_ACTIVATED, LEFT = 1, 2, 4, 5

    userid = models.CharField(max_length=64)
    key = models.CharField(max_length=64, unique=True)  # the userid in lower case, as WeCom compares
    name = models.CharField(max_length=64)
    mobile = models.CharField(max_length=32, blank=True)  # +8613800000000
    email = models.CharField(max_length=64, blank=True)
    departments = models.JSONField(default=list)
    status = models.IntegerField(default=NOT_ACTIVATED)
    invitations = models.IntegerField(default=0)  # service notices "you were invited" that WeCom sent by itself
    ours = models.BooleanField(default=False)  # made through the API, not by hand before

    class Meta:
        app_label = "simulator"
        constraints = [
            models.UniqueConstraint(fields=["mobile"], condition=~models.Q(mobile=""), name="mobile_once"),
            models.UniqueConstraint(fields=["email"], condition=~models.Q(email=""), name="email_once"),
        ]


class Department(models.Model):
    """One made through the API, beside those the company has had from the start."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=64, unique=True)
    parent = models.IntegerField()

    class Meta:
        app_label = "simulator"


class AccessToken(models.Model):
    token = models.CharField(max_length=128, unique=True)
    kind = models.CharField(max_length=20)
    expires_at = models.FloatField()

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


class InboxEntry(models.Model):
    """A message as it lies in a member's WeChat."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="inbox")
    msgid = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, default="text")
    text = models.TextField()  # what a text says; of other kinds a line that says what lies there
    content = models.JSONField(default=dict)  # as it was sent
    at = models.FloatField(db_index=True)

    class Meta:
        app_label = "simulator"
        indexes = [models.Index(fields=["member", "at"])]


class Remembered(models.Model):
    """The duplicate memory: a request body that was accepted, and for how long it is remembered."""

    sha256 = models.CharField(max_length=64, db_index=True)
    until = models.FloatField()
    answer = models.JSONField()

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

    DEFAULTS = {
        "trusted_ip": True,
        "visible_departments": [1],
        "visible_tags": [],
        "sync_read_only": False,
        "application_enabled": True,
        "member_limit": 100000,
        "repeat_lists_invalid": False,
        "email_matches": True,
        "chaos": {},
        "callback": None,
    }

    @classmethod
    def all(cls):
        return cls.DEFAULTS | dict(cls.objects.values_list("name", "value"))

    @classmethod
    def set(cls, name, value):
        cls.objects.update_or_create(name=name, defaults={"value": value})


class Call(models.Model):
    """A call that was answered, for the control page and the tests. Holds no body and no token."""

    call = models.CharField(max_length=60, db_index=True)
    errcode = models.IntegerField(null=True)
    at = models.FloatField()

    class Meta:
        app_label = "simulator"
