from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONArray, Now
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from portal import menu
from portal.people.models import Person, User


def permissions_for(names: Iterable[str]) -> models.QuerySet[Permission]:
    """The Permission rows of menu options, given as "app_label.codename"."""
    wanted = Q(pk__in=[])
    for name in names:
        app_label, codename = name.split(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return Permission.objects.filter(wanted)


class ProfileQuerySet(models.QuerySet["Profile"]):
    def system_administrator(self) -> "Profile":
        return self.get(is_system_administrator=True)

    def keep_system_administrator(self) -> None:
        """The profile that holds every option exists, and holds every option there is today."""
        profile = Profile.objects.filter(is_system_administrator=True).first()
        if profile is None:
            group, _created = Group.objects.get_or_create(name="System Administrator")
            profile = Profile.objects.create(group=group, is_system_administrator=True)
        profile.set_options(option.permission for option in menu.options())

    def holding(self, option: str) -> Self:
        """Those that hold a menu option, by its permission."""
        app_label, codename = option.split(".")
        return self.filter(group__permissions__content_type__app_label=app_label, group__permissions__codename=codename)

    def is_limited(self, user: User, option: str, limit: str) -> bool:
        """Whether each profile that gives the user an option holds the one that limits it; System Administrator never does."""
        limiting = {given.profile for given in given_to(user) if given.option == limit and not given.is_without_limits}
        giving = {given.profile for given in given_to(user) if given.option == option and given.profile}
        return bool(giving) and giving <= limiting


class Profile(models.Model):
    """An administrator profile: a Django group with a face. What it holds are menu options, that is permissions."""

    NAME_TAKEN = _("There is a profile with this name already.")

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="profile")
    is_system_administrator = models.BooleanField(default=False)
    needs_factor = models.BooleanField(default=False, db_default=False)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("manage_profiles", _("Administrator Profiles")),
            ("view_accounts", _("Accounts")),
            ("impersonate", _("Impersonate")),
            ("manage_accounts", _("Make and lock sign-ins")),
        ]
        ordering = ["-is_system_administrator", "group__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_system_administrator"],
                condition=Q(is_system_administrator=True),
                name="one_system_administrator_profile",
            )
        ]

    def __str__(self) -> str:
        return str(_("System Administrator")) if self.is_system_administrator else self.group.name

    @property
    def subject(self) -> str:
        """Its name among the things that are edited (portal/audit/revisions.py)."""
        return f"profile {self.pk}"

    @property
    def holders(self) -> models.QuerySet[User]:
        return self.group.user_set.select_related("person").order_by("username")

    @property
    def options(self) -> list[menu.Option]:
        """The menu options this profile holds."""
        held = {
            f"{app_label}.{codename}"
            for app_label, codename in self.group.permissions.values_list("content_type__app_label", "codename")
        }
        return [option for option in menu.options() if option.permission in held]

    def set_options(self, names: Iterable[str]) -> None:
        self.group.permissions.set(permissions_for(names))


@dataclass(frozen=True)
class Given:
    option: str
    profile: int | None
    is_without_limits: bool | None
    needs_factor: bool | None = False
    is_own: bool = False  # given to the user alone


class _Rows(Aggregate):
    """Arrays as one array."""

    function = "JSONB_AGG"
    output_field = models.JSONField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def _rows(permissions: models.QuerySet[Permission], *of: str) -> Subquery:
    row = JSONArray("content_type__app_label", "codename", *of)
    everything = permissions.order_by().annotate(all=Value(1)).values("all")
    return Subquery(everything.annotate(rows=_Rows(row)).values("rows"), output_field=models.JSONField())


def with_options(users: models.QuerySet[User]) -> models.QuerySet[User]:
    """Users with all that `given_to` says of them, in the statement that reads them."""
    by_profiles = Permission.objects.filter(group__user=OuterRef("pk"))
    return users.annotate(
        options_by_profiles=_rows(
            by_profiles, *(f"group__profile{of}" for of in ("", "__is_system_administrator", "__needs_factor"))
        ),
        own_options=_rows(Permission.objects.filter(user=OuterRef("pk"))),
    )


def given_to(user: User) -> list[Given]:
    """Every option of a user, once for each profile it comes by; asked once of a user, who is loaded anew for a request."""
    if not hasattr(user, "_given"):
        read = user if hasattr(user, "own_options") else with_options(User.objects.filter(pk=user.pk)).get()
        by_profiles = [
            Given(f"{app}.{name}", *rest) for app, name, *rest in getattr(read, "options_by_profiles", None) or []
        ]
        user._given = by_profiles + [
            Given(f"{app}.{name}", None, False, is_own=True) for app, name in getattr(read, "own_options", None) or []
        ]
    return user._given


def may_be_impersonated(user: User) -> bool:
    """Only a person of the school who can sign in and holds no administrative option at all."""
    return bool(
        user.is_active and getattr(user, "person", None) and not user.person.has_left and not user.get_all_permissions()
    )


def without_options() -> models.QuerySet[User]:
    """Users who hold no administrative option, as a queryset."""
    of_somebody_here = User.objects.filter(is_active=True, is_superuser=False, person__in=Person.objects.not_left())
    return of_somebody_here.exclude(groups__permissions__isnull=False)


def options_given(user: User) -> set[str]:
    """Their permissions, {"app_label.codename"}; of somebody switched off those that their profiles give them back."""
    held = Permission.objects.filter(group__user=user).values_list("content_type__app_label", "codename")
    return user.get_all_permissions() | {f"{app_label}.{codename}" for app_label, codename in held}


def has_password() -> Q:
    """Q of people who have chosen a password."""
    return Q(user__isnull=False) & ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def may_have_code() -> Q:
    """Q of people who may come in by something weaker than a password: nobody who has one, and no holder of an option."""
    nobodys = Q(user=None) | Q(user__is_active=True)
    return nobodys & ~has_password() & ~Q(user__in=User.objects.holding_options())


class AddressTold(models.Model):
    """Of which new address on record the address that counts for a holder's sign-in was told last (addresses.py)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="address_told")
    new = models.EmailField(blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}"


class Try(models.Model):
    """One try of something that is counted (tries.py): a wrong password, another mobile number."""

    counter = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["counter", "-at"], name="tries_of_a_counter")]

    def __str__(self) -> str:
        return f"{self.counter[:8]} at {self.at}"


class Browser(models.TextChoices):
    WECHAT = "wechat", _("in WeChat")
    PHONE = "phone", _("on a phone")
    COMPUTER = "computer", _("on a computer")


class OpenSession(models.Model):
    """Whose a session is and where it was begun; it lives as long as the session itself."""

    KEPT = "kept"  # what a session holds whose holder asked to stay signed in

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    browser = models.CharField(max_length=8, choices=Browser)
    name = models.CharField(max_length=40, blank=True, default="", db_default="")  # "Chrome, Windows"
    seen_at = models.DateTimeField(db_default=Now())
    begun_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user} {self.browser}"

    @property
    def kept_until(self) -> datetime | None:
        """The day to which its holder stays signed in on their own telephone; None of a session like any other."""
        return self.session.expire_date if self.session.get_decoded().get(self.KEPT) else None


class SignInEvent(models.Model):
    """What happened with somebody's sign-in, for them and for whoever helps them; kept for a year."""

    class What(models.TextChoices):
        SIGNED_IN = "in", _("signed in")
        NEW_BROWSER = "new", _("signed in with a browser not known before")
        BY_CODE = "code", _("came in with a personal code")
        WRONG_PASSWORD = "wrong", _("a wrong password was given")
        WRONG_FACTOR = "factor", _("the right password and a wrong second factor were given")
        CHOSE_PASSWORD = "password", _("chose a password")
        SIGNED_OUT = "out", _("signed out")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=8, choices=What)
    browser = models.CharField(max_length=8, choices=Browser)
    name = models.CharField(max_length=40, blank=True, default="", db_default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["user", "-id"], name="sign_in_events_of_a_user"),
            models.Index(fields=["at"], name="sign_in_events_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.what}"


class ViewingQuerySet(models.QuerySet["Viewing"]):
    def open(self) -> Self:
        """Neither stopped nor over by itself, by the database's clock."""
        return self.filter(ended_at=None, begun_at__gt=Now() - Viewing.LASTS)

    def overdue(self) -> Self:
        return self.filter(ended_at=None, begun_at__lte=Now() - Viewing.LASTS)


class Viewing(models.Model):
    """An administrator sees the portal as somebody else sees it: why, from when to when, and how it ended."""

    LASTS = timedelta(minutes=30)

    class Ended(models.TextChoices):
        STOPPED = "stopped", _("stopped")
        OVER = "over", _("over after 30 minutes")
        NOT_ALLOWED = "not allowed", _("no longer allowed")

    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    begun_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=12, choices=Ended, blank=True)

    objects = ViewingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["user", "-id"], name="viewings_of_a_user")]

    def __str__(self) -> str:
        return f"{self.by_id} as {self.user_id}"

    @property
    def is_over_at(self) -> datetime:
        return self.begun_at + self.LASTS
