from django.contrib.auth.models import Group, Permission
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal import menu
from portal.people.models import Person, User


def permissions_for(names):
    """The Permission rows of menu options, given as "app_label.codename"."""
    wanted = Q(pk__in=[])
    for name in names:
        app_label, codename = name.split(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return Permission.objects.filter(wanted)


class ProfileQuerySet(models.QuerySet):
    def system_administrator(self):
        return self.get(is_system_administrator=True)

    def keep_system_administrator(self):
        """The profile that holds every option exists, and holds every option there is today."""
        profile = self.filter(is_system_administrator=True).first()
        if profile is None:
            group, _created = Group.objects.get_or_create(name="System Administrator")
            profile = self.create(group=group, is_system_administrator=True)
        profile.set_options(option.permission for option in menu.options())

    def holding(self, option):
        """Those that hold a menu option, by its permission."""
        app_label, codename = option.split(".")
        return self.filter(group__permissions__content_type__app_label=app_label, group__permissions__codename=codename)

    def is_limited(self, user, option, limit):
        """Whether each profile that gives the user an option holds the one that limits it; System Administrator never does."""
        giving = self.holding(option).filter(group__user=user)
        unlimited = giving.exclude(pk__in=self.holding(limit).filter(is_system_administrator=False))
        return giving.exists() and not unlimited.exists()


class Profile(models.Model):
    """An administrator profile: a Django group with a face. What it holds are menu options, that is permissions."""

    NAME_TAKEN = _("There is a profile with this name already.")

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="profile")
    is_system_administrator = models.BooleanField(default=False)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("manage_profiles", _("Administrator Profiles")),
            ("view_accounts", _("Accounts")),
            ("impersonate", _("Impersonate")),
        ]
        ordering = ["-is_system_administrator", "group__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_system_administrator"],
                condition=Q(is_system_administrator=True),
                name="one_system_administrator_profile",
            )
        ]

    def __str__(self):
        return str(_("System Administrator")) if self.is_system_administrator else self.group.name

    @property
    def subject(self):
        """Its name among the things that are edited (portal/audit/revisions.py)."""
        return f"profile {self.pk}"

    @property
    def holders(self):
        return self.group.user_set.select_related("person").order_by("username")

    @property
    def options(self):
        """The menu options this profile holds."""
        held = {
            f"{app_label}.{codename}"
            for app_label, codename in self.group.permissions.values_list("content_type__app_label", "codename")
        }
        return [option for option in menu.options() if option.permission in held]

    def set_options(self, names):
        self.group.permissions.set(permissions_for(names))


def may_be_impersonated(user):
    """Only a person of the school who can sign in and holds no administrative option at all."""
    return bool(
        user.is_active
        and getattr(user, "person", None)
        and not user.person.has_left
        and not user.is_superuser
        and not user.get_all_permissions()
    )


def without_options():
    """Users who hold no administrative option, as a queryset."""
    of_somebody_here = User.objects.filter(is_active=True, is_superuser=False, person__in=Person.objects.not_left())
    return of_somebody_here.exclude(groups__permissions__isnull=False)


class Try(models.Model):
    """One try of something that is counted (tries.py): a wrong password, another mobile number."""

    counter = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["counter", "-at"], name="tries_of_a_counter")]

    def __str__(self):
        return f"{self.counter[:8]} at {self.at}"
