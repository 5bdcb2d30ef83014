from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import Lower, Now
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person
from portal.people.models.person import PersonQuerySet
from portal.people.phones import display, mask
from portal.tones import Shown, States, Tone
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.codes import meaning

from .problems import DISPUTED, NEEDS_AN_ADMINISTRATOR, NEEDS_ANOTHER_NUMBER, ON_RECORD, Problem, RemovalDoubt, Switch

# As WeCom has it (doc 90195): 1–64 bytes; one bad id in a send would refuse the 999 others.
USERID_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$"
CONSENT_VERSION = "2026-11-25"
ASK_AGAIN_AFTER = timedelta(seconds=3)
GOES_ON_ASKING_FOR = timedelta(minutes=10)


NO_LONGER = Shown(Tone.WARN, _("not registered any more"))

# So long an administrator is told of somebody who met Tencent's daily limit.
LIMIT_TOLD_FOR = timedelta(days=2)
# So often somebody may say that no message comes to them.
NOTHING_CAME_AGAIN_AFTER = timedelta(days=1)
# And of those who stood outside the department that is kept for them.
DISPLACED_TOLD_FOR = timedelta(days=7)


def is_registered(path: str = "") -> Q:
    """Q of those who follow the school now; `path` leads to them."""
    return Q(**{f"{path}status": Registration.Status.REGISTERED, f"{path}no_longer_at": None})


def is_reachable(path: str = "") -> Q:
    """Q of those whom a message reaches, as far as WeCom's answers tell."""
    return is_registered(path) & is_undoubted(path)


def is_undoubted(path: str = "") -> Q:
    """Q of those whom WeCom, as far as it told, reaches and shows us, or who were proven since."""
    return Q(**{f"{path}out_of_range": False, f"{path}doubts": 0})


def with_registrations(people: PersonQuerySet, account: EnterpriseAccount) -> PersonQuerySet:
    """`people`, each joined with the registration with this account that stands, as `standing__…` in annotations.

    NULL where they have none; nobody has two. Its key is the alias `registration`, for filters.
    """
    of_account = Q(registrations__account_key=account.account_key)
    joined = of_account & ~Q(registrations__status=Registration.Status.WITHDRAWN)
    standing = FilteredRelation("registrations", condition=joined)
    return people.alias(standing=standing).alias(registration=F("standing__pk"))


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def open(self) -> Self:
        """Registrations that stand: everything not withdrawn."""
        return self.exclude(status=Registration.Status.WITHDRAWN)

    def of_account(self, account: EnterpriseAccount) -> Self:
        return self.filter(account_key=account.account_key)

    def registered(self) -> Self:
        """Those who follow the school now."""
        return self.filter(is_registered())

    def reachable(self, account: EnterpriseAccount) -> Self:
        """Those whom a message reaches, as far as WeCom's answers tell."""
        return self.of_account(account).filter(is_reachable())

    def undoubted(self) -> Self:
        return self.filter(is_undoubted())

    def doubted(self) -> Self:
        """Members whom WeCom has not reached, or does not show us, and who were not proven since."""
        return self.exclude(is_undoubted())

    def members(self) -> Self:
        """Those who stand in the school's address book, whether they follow or not."""
        return self.filter(status__in=[Registration.Status.IN_WECOM, Registration.Status.REGISTERED])

    def linked_to(self, userid: str) -> Self:
        """Who stands in the address book as this member now; WeCom does not tell upper from lower case."""
        return self.open().filter(userid__iexact=userid)

    def holding(self, *, mobiles: Iterable[str] = (), emails: Iterable[str] = ()) -> Self:
        """Those who gave one of these numbers or e-mail addresses, in any case, and need not ask the office first."""
        given = self.open().exclude(status=Registration.Status.STARTED).exclude(problem__in=ON_RECORD)
        given = given.alias(lower_email=Lower("email"))
        return given.filter(Q(mobile__in=mobiles) | Q(lower_email__in=[email.lower() for email in emails]))

    def left_with(self, *, mobiles: Iterable[str] = (), emails: Iterable[str] = ()) -> Self:
        """Members of leavers who have one of these numbers or addresses still."""
        given = self.of_leavers().alias(lower_email=Lower("email"))
        return given.filter(Q(mobile__in=mobiles) | Q(lower_email__in=[email.lower() for email in emails]))

    def to_enter(self) -> Self:
        """Confirmed ones whose turn to be written into the address book has come."""
        return self.filter(status=Registration.Status.CONFIRMED, next_try_at__lte=Now()).order_by("next_try_at")

    def to_check(self) -> Self:
        """Members whose turn to be asked about has come, and nobody is asking."""
        nobody_asks = Q(lease_until=None) | Q(lease_until__lt=Now())
        return self.members().filter(nobody_asks, next_check_at__lte=Now()).order_by("next_check_at")

    def on_anothers_record(self) -> Self:
        """Members by a number or e-mail address that came on record for somebody else and is not on their own.

        Those of whom the office has said that it is theirs are left out.
        """
        people = Person.objects.order_by()
        mobiles = people.exclude(mobile="").values("mobile")
        emails = people.exclude(email="").values(lower=Lower("email"))
        members = self.members().filter(linking_approved_by=None).alias(lower_email=Lower("email"))
        by_number = Q(mobile__in=mobiles) & ~Q(person__mobile=F("mobile"))
        by_email = Q(lower_email__in=emails) & ~Q(person__email__iexact=F("email"))
        return members.filter(by_number | by_email)

    def must_register_again(self) -> Self:
        """Those whose member WeCom has lost, and who have given no number since."""
        return self.filter(status=Registration.Status.STARTED, problem=Problem.REGISTER_AGAIN)

    def problems(self) -> Self:
        return self.open().filter(problem__in=NEEDS_AN_ADMINISTRATOR)

    def met_the_daily_limit(self) -> Self:
        """Those who said lately that WeChat lets nobody more follow the school today, and are not registered since."""
        lately = self.open().filter(limit_met_at__gt=Now() - LIMIT_TOLD_FOR)
        return lately.exclude(status=Registration.Status.REGISTERED, no_longer_at=None)

    def said_nothing_came_lately(self) -> Self:
        return self.filter(nothing_came_at__gt=Now() - NOTHING_CAME_AGAIN_AFTER)

    def nothing_came(self) -> Self:
        """Registered people who say that no message comes to them, until somebody has settled it."""
        return self.registered().filter(nothing_came_at__isnull=False, nothing_came_settled_at=None)

    def displaced_lately(self) -> Self:
        """Those whose department was removed or moved in the console, whether they are back in it or not."""
        return self.open().filter(displaced_at__gt=Now() - DISPLACED_TOLD_FOR)

    def to_remove(self, account: EnterpriseAccount) -> Self:
        """Of each member whom we made for somebody who has left or stopped the latest row: nobody is linked to them.

        Not while it is in doubt whose they are: somebody else's member is never deleted.
        """
        same = Registration.objects.of_account(account).alias(member=Lower("userid"))
        same = same.filter(member=Lower(OuterRef("userid")))
        ours = self.of_account(account).filter(created_by_us=True, removed_at=None, doubts=0).exclude(userid="")
        later = same.filter(pk__gt=OuterRef("pk"), created_by_us=True)
        return ours.filter(~Exists(same.open()), ~Exists(later), status=Registration.Status.WITHDRAWN).order_by("pk")

    def being_removed(self, account: EnterpriseAccount) -> Self:
        """Those of them of whom somebody has said that they be removed, and WeCom has not answered yet."""
        return self.to_remove(account).filter(removal_code=None, removal_doubt="").exclude(removal_asked_at=None)

    def of_leavers(self) -> Self:
        """Members whom we made for people who have left: until WeCom has removed them, nobody else is given them."""
        left = Person.objects.left()
        # Of two rows that are one person an ended registration stays where it was written.
        theirs = Q(person__in=left) | Q(person__merged_into__in=left) | Q(person__erased_at__isnull=False)
        made = self.filter(theirs, created_by_us=True, removed_at=None).exclude(userid="")
        return made.exclude(removal_doubt=RemovalDoubt.ANOTHERS)

    def to_welcome(self) -> Self:
        """Newly registered people whose first message has not gone out yet."""
        due = self.filter(status=Registration.Status.REGISTERED, welcome_due_at__lte=Now())
        return due.undoubted().order_by("welcome_due_at")


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
    # The number or e-mail address by which WeCom last gave this very member, or with which it made it.
    known_by = models.CharField(max_length=64, blank=True, db_default="")
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
    # How often WeCom has put the member in doubt since they were proven to be this person; nothing is sent meanwhile.
    doubts = models.PositiveIntegerField(default=0, db_default=0)
    # Their id of before, if WeCom has it for somebody else now: it is never used for them again.
    lost_userid = models.CharField(max_length=64, blank=True, db_default="")
    withdrawn_at = models.DateTimeField(null=True)
    # Whoever of the office has ended it; null where the person stopped.
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    # Somebody has said that the member be deleted; WeCom has answered so, or with this code, or we dared not ask.
    removal_asked_at = models.DateTimeField(null=True)
    removal_code = models.IntegerField(null=True)
    removal_doubt = models.CharField(max_length=10, choices=RemovalDoubt, blank=True, db_default="")
    removed_at = models.DateTimeField(null=True)

    welcome_due_at = models.DateTimeField(null=True)
    welcomed_at = models.DateTimeField(null=True)
    limit_met_at = models.DateTimeField(null=True)
    # When they said that no message comes, which switches they had looked at, and when the office was done with it.
    nothing_came_at = models.DateTimeField(null=True)
    nothing_came_tried = models.CharField(max_length=60, blank=True, db_default="")  # "messages_off stopped"
    nothing_came_settled_at = models.DateTimeField(null=True)
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
            ("remove_members", _("Members to remove")),
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
            # The few in which somebody must help: asked for on the dashboard.
            models.Index(fields=["problem"], condition=~Q(problem=""), name="registrations_with_a_problem"),
            models.Index(fields=["limit_met_at"], condition=~Q(limit_met_at=None), name="registrations_at_the_limit"),
            models.Index(
                fields=["nothing_came_at"],
                condition=~Q(nothing_came_at=None) & Q(nothing_came_settled_at=None),
                name="registrations_without_message",
            ),
            models.Index(fields=["displaced_at"], condition=~Q(displaced_at=None), name="registrations_displaced"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_status_display()}"

    @property
    def is_registered(self) -> bool:
        return self.status == self.Status.REGISTERED and self.no_longer_at is None

    @property
    def is_doubted(self) -> bool:
        return self.out_of_range or self.doubts > 0

    @property
    def is_started(self) -> bool:
        """Begun, and no number given yet."""
        return self.status == self.Status.STARTED

    @property
    def is_being_entered(self) -> bool:
        """It is the worker's turn."""
        return self.status == self.Status.CONFIRMED

    @property
    def asked_every(self) -> int:
        """Seconds between two looks of the page with the code."""
        return 1 if self.is_being_entered else 2

    @property
    def step(self) -> int:
        """The first open step: the address is a function of what is saved, so a closed webview loses nothing."""
        if self.is_started:
            return 2
        return 4 if self.is_registered else 3

    @property
    def shown_state(self) -> str:
        """Changes whenever step 3 has something new to show."""
        return f"{self.status}-{self.problem}-{'no-longer' if self.no_longer_at else ''}".replace(" ", "_")

    @property
    def follows_no_longer(self) -> bool:
        return self.status == self.Status.REGISTERED and self.no_longer_at is not None

    @property
    def must_register_again(self) -> bool:
        """WeCom has lost the member: the number must be given once more."""
        return self.is_started and self.problem == Problem.REGISTER_AGAIN

    @property
    def standing(self) -> Status | Shown:
        """What the person is shown of it."""
        return NO_LONGER if self.follows_no_longer or self.must_register_again else self.Status(self.status)

    @property
    def nothing_came_is_said(self) -> bool:
        """Whether the school has been told, and has not settled it."""
        return self.nothing_came_at is not None and self.nothing_came_settled_at is None

    @property
    def switches_looked_at(self) -> list[str | Promise]:
        return [Switch(value).label for value in self.nothing_came_tried.split()]

    @property
    def needs_another_number(self) -> bool:
        return self.problem in NEEDS_ANOTHER_NUMBER

    @property
    def is_told_at_step_2(self) -> bool:
        """Whether the page that asks for the number says why it does."""
        return self.needs_another_number or self.must_register_again

    @property
    def may_change_number(self) -> bool:
        """WeCom ignores a new number of an active member without saying so."""
        return self.status in (self.Status.CONFIRMED, self.Status.IN_WECOM)

    def has_given(self, mobile: str, email: str) -> bool:
        return (self.mobile, self.email.lower()) == (mobile, email.lower())

    @property
    def is_disputed(self) -> bool:
        return self.problem in DISPUTED

    @property
    def is_on_record(self) -> bool:
        """What they gave is on record for somebody else."""
        return self.problem in ON_RECORD

    @property
    def mobile_in_words(self) -> str:
        return display(self.mobile) if self.mobile else ""

    @property
    def address(self) -> str:
        return self.mobile or self.email

    @property
    def removal_refusal(self) -> str:
        """Why the member was not removed although somebody said so, in a sentence; "" where nobody did."""
        if self.removal_code is None:
            return self.get_removal_doubt_display()
        return gettext(meaning(self.removal_code).sentence)

    def holder_of_the_same(self) -> "Registration | None":
        """Somebody else's registration with the number or e-mail address given here, or None."""
        given = {"mobiles": [self.mobile]} if self.mobile else {"emails": [self.email]}
        holding = Registration.objects.filter(account_key=self.account_key).holding(**given)
        return holding.exclude(person=self.person_id).order_by("pk").first()

    @property
    def address_in_words(self) -> str:
        """The number or e-mail address by which WeChat finds them."""
        return self.mobile_in_words or self.email

    @property
    def address_masked(self) -> str:
        return mask(self.mobile) if self.mobile else mask_email(self.email)


def mask_email(email: str) -> str:
    """For pages others may see over a shoulder: "w•••@families.example"."""
    name, at, host = email.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else ""
