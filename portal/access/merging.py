"""One person signs in by one sign-in."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.actions import record
from portal.people.merging.parts import MergeRefused, Part, part
from portal.people.models import Person, User

from . import sessions
from .account_actions import check_may_decide
from .actions import AccessRefused


@part
class SignIn(Part):
    name = "sign-in"
    label = gettext_lazy("Which sign-in stays; the other is locked")

    def refusal(self, kept, gone, by):
        """Rights never come from editing people, and never go by it."""
        for user in filter(None, (kept.user, gone.user)):
            if by is not None and user.holds_options:
                try:
                    check_may_decide(user=user, by=by)
                except AccessRefused as refused:
                    return str(refused)
        return ""

    def choices(self, one, other):
        if not (one.user_id and other.user_id):
            return {}
        return {person.pk: person.user.username for person in (one, other)}

    def join(self, kept, gone, stays, by):
        before = [kept.user_id, gone.user_id]
        staying, ending = kept.user, gone.user
        if staying is None or (ending and stays == gone.pk):
            staying, ending = ending, staying
        _give(kept, gone, staying, None)
        return {"before": before, "stays": staying and staying.pk, "locked": _lock(ending, by)}

    def separate(self, kept, gone, joined, by):
        if kept.user_id != joined["stays"]:
            return
        users = User.objects.in_bulk(filter(None, joined["before"]))
        _give(kept, gone, *(users.get(pk) for pk in joined["before"]))
        User.objects.filter(pk=joined["locked"]).update(is_active=True)


def _give(kept, gone, of_kept, of_gone):
    # Nobody's first: two people never have one.
    Person.everybody.filter(pk__in=[kept.pk, gone.pk]).update(user=None)
    for person, user in ((kept, of_kept), (gone, of_gone)):
        person.user = user
        Person.everybody.filter(pk=person.pk).update(user=user)


def _lock(user, by):
    """The id of the sign-in if it was open. Raises MergeRefused."""
    if user is None or not user.is_active:
        return None
    if user.holds_options:
        raise MergeRefused(_("The sign-in that would be locked holds menu options. Take its profiles away first."))
    User.objects.filter(pk=user.pk).update(is_active=False)
    sessions.end(sessions.open_sessions(user))
    record(gettext_noop("locked a sign-in"), by=by, subject=user)
    return user.pk
