"""Who may be signed in at all, and what they may do: asked at every sign-in and on every request."""

from django.contrib.auth.backends import ModelBackend

from portal.people.models import Person, User

from .models import given_to, with_options


class OfTheSchool(ModelBackend):
    """Whoever has left is signed in no more, and staff who stopped hold no option, but for the last System Administrator."""

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not has_left_for_good(user)

    def get_user(self, user_id):
        user = with_options(User.objects.select_related("person")).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def _get_permissions(self, user_obj, obj, from_name):
        """Those of the profiles and those given to a user alone are one question."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if user_obj.is_superuser:
            # Django calls it with one underscore and asks nobody to leave it alone; its stubs leave it out.
            return super()._get_permissions(user_obj, obj, from_name)  # type: ignore[misc]
        if from_name == "user":
            return {given.option for given in given_to(user_obj) if given.is_own}
        if has_lost_their_office(user_obj):
            return set()
        return {given.option for given in given_to(user_obj) if not given.is_own}


def has_left_for_good(user: User) -> bool:
    person = getattr(user, "person", None)
    return bool(person and person.has_left) and not is_last_administrator(user)


def has_lost_their_office(user: User) -> bool:
    """From the day after their last one on; their profiles are taken away soon after (leaving.py)."""
    person = getattr(user, "person", None)
    return bool(person and person.is_without_office) and not is_last_administrator(user)


def is_last_administrator(user: User) -> bool:
    administrators = User.objects.filter(is_active=True, groups__profile__is_system_administrator=True)
    if not administrators.filter(pk=user.pk).exists():
        return False
    return not administrators.exclude(pk=user.pk).exclude(person__in=Person.objects.without_office()).exists()
