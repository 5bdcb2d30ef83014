from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext
from django.views.decorators.http import require_POST

from portal import panels
from portal.addresses import on_families_site
from portal.audit.looking import shows_names
from portal.forms import posted
from portal.menu import requires
from portal.people.forms import AudienceForm
from portal.people.models import Person, User

from . import account_actions as actions
from . import sessions
from .actions import AccessRefused
from .factors import authenticators
from .letters import address_of
from .models import SignInEvent

MOST_EVENTS = 30


@requires("access.view_accounts")
@shows_names(gettext_noop("looked at somebody's sign-in"), of="person")
def account(request, pk):
    """A person's sign-in: how it stands, where it is open, what happened with it."""
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    return _show(request, person.user, person)


@requires("access.view_accounts")
@shows_names(gettext_noop("looked at somebody's sign-in"), of="user")
def account_of_nobody(request, pk):
    """The same of a sign-in that belongs to no person of the school: an administrator of the first day."""
    user = get_object_or_404(User.objects.select_related("person"), pk=pk)
    return redirect(page_of(user)) if hasattr(user, "person") else _show(request, user)


def page_of(user):
    """The address of the page about a sign-in."""
    person = getattr(user, "person", None)
    return reverse("account", args=[person.pk]) if person else reverse("account-of-nobody", args=[user.pk])


def _show(request, user, person=None):
    context = {
        "person": person,
        "account": user,
        "has_password": bool(user and user.has_usable_password()),
        "profiles": user.groups.filter(profile__isnull=False).select_related("profile") if user else [],
        "sessions": sessions.open_sessions(user) if user else [],
        "has_factor": bool(user and authenticators.has_factor(user)),
        "address": address_of(user) if user else person.email,
        "events": SignInEvent.objects.filter(user=user).order_by("-pk")[:MOST_EVENTS] if user else [],
        "panels": panels.render(panels.ACCOUNT, request, person=person) if person else [],
    }
    return render(request, "access/account.html", context)


@requires("access.manage_accounts")
@require_POST
def make(request, pk):
    made = actions.make_sign_ins(people=Person.objects.not_left().filter(pk=pk), by=request.user)
    if made:
        messages.success(request, _("The sign-in is made. A letter with the link to choose a password is on its way."))
    else:
        messages.error(request, _("None was made: there is one already, or no e-mail address on record."))
    return redirect("account", pk)


# What is pressed on the page: (the verb, what is said when it is done).
DECISIONS: dict[str, tuple[Callable[..., object], Promise]] = {
    "lock": (actions.lock, gettext_lazy("The sign-in is locked. Where they were signed in they are so no more.")),
    "unlock": (actions.unlock, gettext_lazy("The sign-in is unlocked.")),
    "reset": (actions.reset_by_email, gettext_lazy("A letter with the link to choose a new password is on its way.")),
    "end-sessions": (actions.end_sessions, gettext_lazy("They are signed out everywhere.")),
}


@requires("access.manage_accounts")
@require_POST
def decide(request, pk, what):
    if what not in DECISIONS:
        raise Http404
    user = get_object_or_404(User.objects.select_related("person"), pk=pk)
    verb, sentence = DECISIONS[what]
    try:
        verb(user=user, by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, str(sentence))
    return redirect(page_of(user))


@requires("access.manage_accounts")
@require_POST
def end_session(request, pk, session_pk):
    user = get_object_or_404(User.objects.select_related("person"), pk=pk)
    try:
        actions.end_sessions(user=user, by=request.user, only=session_pk)
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("That session is ended."))
    return redirect(page_of(user))


@requires("access.manage_accounts")
def sign_ins(request):
    """For everybody of a role, a year or a form who has an e-mail and no sign-in yet: the number first."""
    form = AudienceForm(posted(request))
    context: dict = {"form": form}
    if form.is_valid():
        people = form.people()
        waiting = people.filter(user=None).exclude(email="")
        if request.POST.get("counted") == str(waiting.count()) and request.POST["counted"] != "0":
            made = actions.make_sign_ins(people=people, by=request.user)
            sentence = ngettext(
                "%(count)s sign-in is made; a letter is on its way.",
                "%(count)s sign-ins are made; letters are on their way.",
                made,
            )
            messages.success(request, sentence % {"count": made})
            return redirect("accounts")
        context |= {
            "counted": True,
            "waiting": waiting.count(),
            "have_one": people.exclude(user=None).count(),
            "no_email": people.filter(user=None, email="").count(),
        }
    return render(request, "access/sign_ins.html", context)


@on_families_site
@require_POST
def sign_out_everywhere(request):
    """Whoever has lost a phone: every session of their own, this one too."""
    actions.end_sessions(user=request.user, by=request.user)
    logout(request)
    return redirect("sign-in")


@on_families_site
@require_POST
def end_own_session(request, pk):
    actions.end_sessions(user=request.user, by=request.user, only=pk)
    return redirect("my-details")


@on_families_site
@require_POST
def sign_out_elsewhere(request):
    """Every session of their own but this one."""
    actions.end_sessions(user=request.user, by=request.user, keep=request.session.session_key)
    messages.success(request, _("You are signed in nowhere else."))
    return redirect("my-details")
