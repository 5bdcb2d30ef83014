"""What became of the portal's e-mail, for whoever makes sign-ins."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST

from portal.audit.looking import shows_names
from portal.mail import kinds
from portal.mail.models import Letter
from portal.menu import requires
from portal.people.models import Person

from . import letter_actions

MOST = 200
_SHOWN = [Letter.State.SENT, Letter.State.WAITING, Letter.State.FAILED, Letter.State.UNKNOWN]


@requires("access.manage_accounts")
@shows_names(gettext_noop("looked at letters that failed"))
def letters(request):
    """Numbers by kind, what failed and why, and whom another link would help."""
    failed = list(Letter.objects.failed_lately()[: MOST + 1])
    context = {
        "states": _SHOWN,
        "counted": [(kinds.label_of(kind), _numbers(states)) for kind, states in Letter.objects.counted_lately()],
        "failed": _with_people(failed[:MOST]),
        "has_more": len(failed) > MOST,
        "most": MOST,
        "never_chose": letter_actions.never_chose_a_password().count(),
    }
    return render(request, "access/letters.html", context)


def _numbers(states):
    """In the order of the table's columns; what a worker holds or sends waits still."""
    waiting = sum(states.get(state, 0) for state in Letter.AT_WORK)
    return [waiting if state == Letter.State.WAITING else states.get(state, 0) for state in _SHOWN]


def _with_people(rows):
    """[(letter, label of its kind, person or None)]"""
    keys = {of: {row.about for row in rows if kinds.of(row.kind) == of} for of in (kinds.USER, kinds.PERSON)}
    found = {
        kinds.USER: {person.user_id: person for person in Person.objects.filter(user__in=keys[kinds.USER])},
        kinds.PERSON: Person.objects.in_bulk(keys[kinds.PERSON]),
    }
    return [(row, kinds.label_of(row.kind), found.get(kinds.of(row.kind), {}).get(row.about)) for row in rows]


@requires("access.manage_accounts")
@require_POST
def welcome_again(request):
    sent = letter_actions.welcome_again(by=request.user)
    sentence = ngettext("%(count)s letter is on its way.", "%(count)s letters are on their way.", sent)
    messages.success(request, sentence % {"count": sent})
    return redirect("letters")
