"""How a person signs in."""

from django.contrib.sessions.models import Session
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.people.models import User
from portal.people.one_person.parts import Part, part, plain

from .factors import authenticators
from .models import AddressTold, OpenSession, SignInEvent, Viewing


@part
class SignIn(Part):
    name = "sign-in"

    def refusal(self, person, by):
        """Rights never go by the way: whoever erases has taken them away before, and has read whose they were."""
        if any(user.holds_options or user == by for user in _users([person])):
            return _("They hold menu options. Take their profiles away first.")
        return ""

    def export(self, rows):
        users = _users(rows)
        return {
            gettext_noop("Sign-in"): plain(
                User.objects.filter(pk__in=[user.pk for user in users]),
                *("username", "first_name", "last_name", "email", "is_active", "date_joined", "last_login"),
            ),
            gettext_noop("What happened with the sign-in"): plain(
                SignInEvent.objects.filter(user__in=users), "what", "browser", "name", "at"
            ),
            gettext_noop("Second factors"): plain(authenticators.of_users(users), "type", "created_at", "last_used_at"),
            gettext_noop("Who viewed the portal as them"): plain(
                Viewing.objects.filter(user__in=users), "by__username", "begun_at", "ended_at"
            ),
        }

    def losses(self, rows):
        return [_("Their sign-in, with its password; they are signed out at once.")] if _users(rows) else []

    def erase(self, rows, by):
        for user in _users(rows):
            Session.objects.filter(pk__in=OpenSession.objects.filter(user=user).values("session_id")).delete()
            SignInEvent.objects.filter(user=user).delete()
            AddressTold.objects.filter(user=user).delete()
            authenticators.forget_all(user)
            Viewing.objects.filter(user=user).update(reason="")
            user.groups.clear()
            user.username, user.first_name, user.last_name, user.email = f"erased-{user.pk}", "", "", ""
            user.is_active = False
            user.set_unusable_password()
            user.save()


def _users(rows):
    """Those of the rows: a merged row may have kept one that is locked."""
    return [user for row in rows if (user := row.user)]
