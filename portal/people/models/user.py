from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db.models import Q

from portal.people.typed import key, visible


class UserManager(DjangoUserManager):
    use_in_migrations = False

    def named(self, username):
        """Sign-ins of this name, in any spelling of case, width and marks nobody sees."""
        return self.filter(Q(username=visible(username)) | Q(username__iexact=key(username)))

    def get_by_natural_key(self, username):
        """Whose sign-in it is that somebody typed; the one spelled exactly so where there is more than one."""
        named = {user.username: user for user in self.named(username)}
        user = named.get(username) or (next(iter(named.values())) if len(named) == 1 else None)
        if user is None:
            raise self.model.DoesNotExist
        return user


class User(AbstractUser):
    """A sign-in. Most belong to a Person of the school; a System Administrator's need not."""

    objects = UserManager()

    class Meta(AbstractUser.Meta):
        default_permissions = ()

    def __str__(self):
        person = getattr(self, "person", None)
        return person.name if person else self.get_full_name() or self.username
