from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A sign-in. Most belong to a Person of the school; a System Administrator's need not."""

    class Meta(AbstractUser.Meta):
        default_permissions = ()

    def __str__(self):
        person = getattr(self, "person", None)
        return person.name if person else self.get_full_name() or self.username
