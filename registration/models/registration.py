import hashlib
import re
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person
from portal.people.phones import display, mask
from portal.tones import Shown, States, Tone

# As WeCom has it (doc 90195): 1–64 bytes; one bad id in a send would refuse the 999 others.
USERID_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$"
CONSENT_VERSION = "2026-11-25"
ASK_AGAIN_AFTER = timedelta(seconds=3)
GOES_ON_ASKING_FOR = timedelta(minutes=10)


NO_LONGER = Shown(Tone.WARN, _("not registered any more"))


class Problem(models.TextChoices):
    """What keeps a registration from going on; the words are for the person it belongs to."""

    WECOM_UNAVAILABLE = "unavailable", _("WeChat does not answer at the moment. We go on by ourselves.")
    CONFIGURATION = "configuration", _("The school must put something right first. We go on by ourselves then.")
    NUMBER_TAKEN = (
        "number taken",
        _(
            "This number already belongs to someone in the school's WeChat. "
            "Give another one of your own, or your e-mail address, or ask the office."
        ),
    )
    EMAIL_TAKEN = (
        "e-mail taken",
        _(
            "This e-mail address already belongs to someone in the school's WeChat. "
            "Give another one, or a mobile number of your own, or ask the office."
        ),
    )
    BAD_NUMBER = "bad number", _("WeChat does not accept this number. Check it.")
    BAD_EMAIL = "bad e-mail", _("WeChat does not accept this e-mail address. Check it.")
    NUMBER_REFUSED = (
        "number refused",
        _("The school says that this number or e-mail address is not yours. Give another one, or ask the office."),
    )
    NUMBER_KEPT = (
        "number kept",
        _("WeChat still knows you by your earlier number. The school has been told. We go on by ourselves then."),
    )
    FULL = "full", _("The school's WeChat account is full. The school has been told.")
    OUT_OF_RANGE = "out of range", _("The school must let the messages reach you first. It has been told.")
    CANNOT_TELL = "cannot tell", _("WeChat does not say whether you follow the school. The school has been told.")
    REFUSED = "refused", _("WeChat refused to enter you. The school has been told.")


# Only another number helps: the page offers to change it and says nothing of going on by itself.
DISPUTED = {Problem.NUMBER_TAKEN, Problem.EMAIL_TAKEN}
THEIRS_TO_PUT_RIGHT = {Problem.BAD_NUMBER, Problem.BAD_EMAIL, Problem.NUMBER_REFUSED}
NEEDS_ANOTHER_NUMBER = DISPUTED | THEIRS_TO_PUT_RIGHT
# An administrator must look; listed on the Registrations page.
NEEDS_AN_ADMINISTRATOR = set(Problem) - {Problem.WECOM_UNAVAILABLE} - THEIRS_TO_PUT_RIGHT
# So long an administrator is told of somebody who met Tencent's daily limit.
LIMIT_TOLD_FOR = timedelta(days=2)
# And of those who stood outside the department that is kept for them.
DISPLACED_TOLD_FOR = timedelta(days=7)


class RegistrationQuerySet(models.QuerySet):
    def open(self):
        """Registrations that stand: everything not withdrawn."""
        return self.exclude(status=Registration.Status.WITHDRAWN)

    def of_account(self, account):
        return self.filter(account_key=account.account_key)

    def registered(self):
        """Those who follow the school now."""
        return self.filter(status=Registration.Status.REGISTERED, no_longer_at=None)

    def reachable(self, account):
        """Those whom a message reaches, as far as WeCom's answers tell."""
        return self.of_account(account).registered().filter(out_of_range=False)

    def members(self):
        """Those who stand in the school's address book, whether they follow or not."""
        return self.filter(status__in=[Registration.Status.IN_WECOM, Registration.Status.REGISTERED])

    def linked_to(self, userid):
        """Who stands in the address book as this member now; WeCom does not tell upper from lower case."""
        return self.open().filter(userid__iexact=userid)

    def holding(self, *, mobiles=(), emails=()):
        """Those who gave one of these numbers or e-mail addresses, in any case."""
        given = self.open().exclude(status=Registration.Status.STARTED).alias(lower_email=Lower("email"))
        return given.filter(Q(mobile__in=mobiles) | Q(lower_email__in=[email.lower() for email in emails]))

    def to_enter(self):
        """Confirmed ones whose turn to be written into the address book has come."""
        return self.filter(status=Registration.Status.CONFIRMED, next_try_at__lte=Now()).order_by("next_try_at")

    def to_check(self):
        """Members whose turn to be asked about has come, and nobody is asking."""
        nobody_asks = Q(lease_until=None) | Q(lease_until__lt=Now())
        return self.members().filter(nobody_asks, next_check_at__lte=Now()).order_by("next_check_at")

    def problems(self):
        return self.open().filter(problem__in=NEEDS_AN_ADMINISTRATOR)

    def met_the_daily_limit(self):
        """Those who said lately that WeChat lets nobody more follow the school today, and are not registered since."""
        lately = self.open().filter(limit_met_at__gt=Now() - LIMIT_TOLD_FOR)
        return lately.exclude(pk__in=self.registered())

    def displaced_lately(self):
        """Those whose department was removed or moved in the console, whether they are back in it or not."""
        return self.open().filter(displaced_at__gt=Now() - DISPLACED_TOLD_FOR)

    def to_welcome(self):
        """Newly registered people whose first message has not gone out yet."""
        return self.filter(status=Registration.Status.REGISTERED, welcome_due_at__lte=Now()).order_by("welcome_due_at")


class Registration(models.Model):
    """One person's registration with one Enterprise Account: from the first step to messages in their WeChat."""

    class Status(States):
        STARTED = "started", Tone.INFO, _("started")
        CONFIRMED = "confirmed", Tone.INFO, _("confirmed")
        IN_WECOM = "in_wecom", Tone.WARN, _("not yet scanned the code")
        REGISTERED = "registered", Tone.OK, _("registered")
        WITHDRAWN = "withdrawn", _("stopped")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="registrations")
    account_key = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=Status, default=Status.STARTED)
    started_at = models.DateTimeField(db_default=Now())

    consented_at = models.DateTimeField()
    consent_version = models.CharField(max_length=20)
    consent_language = models.CharField(max_length=8)

    # By which WeChat finds them: the number bound to it (E.164), or an e-mail address where the number is shared.
    mobile = models.CharField(max_length=16, blank=True)
    email = models.EmailField(max_length=64, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    userid = models.CharField(max_length=64, blank=True)
    created_by_us = models.BooleanField(default=False)  # only then may we change the member
    # The audiences in whose departments the member stands, "contacts pupils"; "" for the root.
    audiences = models.CharField(max_length=30, blank=True)
    # When it was found that the member stood elsewhere: the department was gone, or WeCom had made one of its own.
    displaced_at = models.DateTimeField(null=True)
    # Written before `user/create` is called: whoever finds the userid taken then knows that it may be our own.
    create_tried_at = models.DateTimeField(null=True)
    in_wecom_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)
    no_longer_at = models.DateTimeField(null=True)
    out_of_range = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True)

    welcome_due_at = models.DateTimeField(null=True)
    welcomed_at = models.DateTimeField(null=True)
    limit_met_at = models.DateTimeField(null=True)
    # An administrator has seen that the member who holds the number is this very person.
    linking_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    problem = models.CharField(max_length=20, choices=Problem, blank=True)
    problem_code = models.IntegerField(null=True)

    next_try_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("view", _("Registrations")),
            ("decide", _("Disputed numbers")),
            ("set_years", _("Pupils' registration")),
            ("invite", _("Invitations")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(status="withdrawn"), name="one_registration_per_person"
            ),
            models.UniqueConstraint(
                "account_key",
                Lower("userid"),
                condition=~Q(status="withdrawn") & ~Q(userid=""),
                name="one_registration_per_member",
            ),
            models.CheckConstraint(
                condition=Q(userid="") | Q(userid__regex=USERID_PATTERN), name="userid_as_wecom_has_it"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["started", "withdrawn"])
                | (~Q(mobile="") | ~Q(email="")) & Q(confirmed_at__isnull=False),
                name="confirmed_with_number_or_email_and_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="confirmed"), name="registrations_to_enter"),
            models.Index(fields=["next_check_at"], condition=~Q(next_check_at=None), name="registrations_to_check"),
            models.Index(fields=["account_key", "mobile"], name="registrations_by_number"),
            models.Index(fields=["account_key", "email"], name="registrations_by_email"),
            models.Index(fields=["welcome_due_at"], condition=~Q(welcome_due_at=None), name="registrations_to_welcome"),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_status_display()}"

    @property
    def is_registered(self):
        return self.status == self.Status.REGISTERED and self.no_longer_at is None

    @property
    def is_started(self):
        """Begun, and no number given yet."""
        return self.status == self.Status.STARTED

    @property
    def is_being_entered(self):
        """It is the worker's turn."""
        return self.status == self.Status.CONFIRMED

    @property
    def asked_every(self):
        """Seconds between two looks of the page with the code."""
        return 1 if self.is_being_entered else 2

    @property
    def step(self):
        """The first open step: the address is a function of what is saved, so a closed webview loses nothing."""
        if self.is_started:
            return 2
        return 4 if self.is_registered else 3

    @property
    def shown_state(self):
        """Changes whenever step 3 has something new to show."""
        return f"{self.status}-{self.problem}-{'no-longer' if self.no_longer_at else ''}".replace(" ", "_")

    @property
    def follows_no_longer(self):
        return self.status == self.Status.REGISTERED and self.no_longer_at is not None

    @property
    def standing(self):
        """What the person is shown of it."""
        return NO_LONGER if self.follows_no_longer else self.Status(self.status)

    @property
    def needs_another_number(self):
        return self.problem in NEEDS_ANOTHER_NUMBER

    @property
    def may_change_number(self):
        """WeCom ignores a new number of an active member without saying so."""
        return self.status in (self.Status.CONFIRMED, self.Status.IN_WECOM)

    @property
    def is_disputed(self):
        return self.problem in DISPUTED

    @property
    def may_be_linked(self):
        """At WeCom alone somebody has the number: an administrator may say that it is the same person."""
        return self.is_disputed and self.is_being_entered

    @property
    def mobile_in_words(self):
        return display(self.mobile) if self.mobile else ""

    @property
    def address_in_words(self):
        """The number or e-mail address by which WeChat finds them."""
        return self.mobile_in_words or self.email

    @property
    def address_masked(self):
        return mask(self.mobile) if self.mobile else mask_email(self.email)


def mask_email(email):
    """For pages others may see over a shoulder: "w•••@families.example"."""
    name, at, host = email.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else ""


class Opened(models.Model):
    """Somebody has seen the first step."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    account_key = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account_key", "person"], name="opened_once")]

    def __str__(self):
        return f"{self.person}: {self.at}"


def userid_for(person):
    """A stable, readable userid: the school's reference behind "sp-", ≤ 64 bytes.

    A reference that cannot stand in a userid as it is, or that another person's differs from in case only, gets a
    digest behind it. The prefix keeps clear of the ids a company had before us.
    """
    readable = re.sub(r"[^0-9A-Za-z_.-]", "", person.reference)[:40]
    plain = f"sp-{readable}"
    taken = Registration.objects.linked_to(plain).exclude(person=person).exists()
    if readable == person.reference and not taken:
        return plain
    return f"{plain}-{hashlib.sha256(person.reference.encode()).hexdigest()[:8]}"
