from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db.models import Q, QuerySet

from portal.people.typed import key, visible


class UserManager(DjangoUserManager["User"]):
    use_in_migrations = False

    def named(self, username: str) -> "QuerySet[User]":
        """Sign-ins of this name, in any spelling of case, width and marks nobody sees."""
        return self.filter(Q(username=visible(username)) | Q(username__iexact=key(username)))

    def holding_options(self) -> "QuerySet[User]":
        """Whoever holds any menu option at all."""
        holders = Q(is_superuser=True) | Q(groups__permissions__isnull=False) | Q(user_permissions__isnull=False)
        return self.filter(pk__in=self.filter(holders).values("pk"))

    def of_address(self, email: str) -> "QuerySet[User]":
        """Whose address for signing in it is: the one on the person's record today, never a copy of an earlier one.

        A holder of menu options keeps the address of their sign-in: whoever edits people must not become an administrator.
        """
        email, keeps_own = key(email), Q(person=None) | Q(pk__in=self.holding_options().values("pk"))
        if not email:
            return self.none()
        return self.filter(keeps_own & Q(email__iexact=email) | ~keeps_own & Q(person__email__iexact=email))

    def get_by_natural_key(self, username: str | None) -> "User":
        """Whose sign-in it is that somebody typed: its name, the person's reference, or their address.

        Of several the one spelled exactly so; two parents with one address are told apart by their references alone.
        """
        username = username or ""
        of_reference = self.filter(person__reference_key=key(username))
        of_merged = self.filter(person__merged__reference_key=key(username)).distinct()
        ways = (self.named(username), of_reference, of_merged, self.of_address(username))
        found = next((users for way in ways if (users := list(way.order_by("pk")[:3]))), [])
        exactly = [user for user in found if user.username == username]
        if len(exactly or found) != 1:
            raise self.model.DoesNotExist
        return (exactly or found)[0]


class User(AbstractUser):
    """A sign-in. Most belong to a Person of the school; a System Administrator's need not."""

    objects: ClassVar[UserManager] = UserManager()

    _given: list  # what portal/access/models.py has read of it

    class Meta(AbstractUser.Meta):
        default_permissions = ()

    def __str__(self) -> str:
        person = getattr(self, "person", None)
        return person.name_as_read if person else self.get_full_name() or self.username

    @property
    def holds_options(self) -> bool:
        """Whether it holds any menu option at all."""
        return User.objects.holding_options().filter(pk=self.pk).exists()
