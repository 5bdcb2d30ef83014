"""Who may be signed in at all; asked at every sign-in and on every request."""

from django.contrib.auth.backends import ModelBackend

from portal.people.models import Person, User


class OfTheSchool(ModelBackend):
    """Whoever has left the school is signed in no more, but for its last System Administrator."""

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not has_left_for_good(user)

    def get_user(self, user_id):
        user = User.objects.select_related("person").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def has_left_for_good(user):
    person = getattr(user, "person", None)
    return bool(person and person.has_left) and not _is_last_administrator(user)


def _is_last_administrator(user):
    administrators = User.objects.filter(is_active=True, groups__profile__is_system_administrator=True)
    if not administrators.filter(pk=user.pk).exists():
        return False
    return not administrators.exclude(pk=user.pk).exclude(person__in=Person.objects.left()).exists()
