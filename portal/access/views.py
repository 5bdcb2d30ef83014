from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal import menu, panels
from portal.addresses import on_families_site
from portal.again import unfolded
from portal.audit.looking import shows_names
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted, searched
from portal.fresh_proof import asks_for_proof
from portal.heavy import SEARCH, one_at_a_time, searches
from portal.marks import marked
from portal.menu import requires
from portal.paging import first
from portal.people.directory.listing import page_by_name
from portal.people.models import Person, User
from portal.people.typed import visible
from portal.request_sizes import LONG_FORM, up_to
from portal.seals import seal, unseal

from . import actions, devices, narrow, sessions, signing_in, viewing
from .factors import authenticators
from .factors.forms import FactorForm
from .factors.second_step import show_second_step
from .forms import ForgottenForm, NewProfileForm, ProfileForm, ReasonForm, SignInForm
from .guesses import begin_forgotten, whose
from .models import Profile, without_options
from .profiles import effects
from .tries import TooMany

MOST_FOUND = 20


# What somebody had typed when their session ended travels through it.
@method_decorator([login_not_required, up_to(LONG_FORM)], name="dispatch")
class SignIn(auth_views.LoginView):
    template_name = "access/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request, *args, **kwargs):
        self.typed = unfolded(request)
        # Signed in again in another window meanwhile.
        if self.typed and request.user.is_authenticated and request.narrow is None:
            return signing_in.go_on(request, self.typed)
        # Whoever came in with less than a password may still give it.
        self.redirect_authenticated_user = request.narrow is None
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "typed": self.typed,
            "why_ended": devices.why_ended(self.request.session),
            "panels": panels.render(panels.SIGN_IN, self.request),
        }

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.wait:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.wait)
        elif form.has_error(NON_FIELD_ERRORS):
            meant = whose(form.cleaned_data["username"])
            actions.record_wrong_password(user=meant)
            if meant:
                sessions.note(self.request, meant, sessions.What.WRONG_PASSWORD)
        return response

    def form_valid(self, form):
        user, address = form.get_user(), self.request.POST.get("next", self.request.GET.get("next", ""))
        if authenticators.has_factor(user):
            signing_in.wait_for_factor(self.request, user)
            return show_second_step(self.request, user, FactorForm(), self.typed, address)
        keep = form.cleaned_data["keep"]
        return signing_in.sign_in(self.request, user, typed=self.typed, address=address, keep=keep)


class SignOut(auth_views.LogoutView):
    next_page = "sign-in"

    def post(self, request, *args, **kwargs):
        user = request.real_user or request.user
        if request.viewing:
            viewing.end(request.viewing, viewing.Ended.STOPPED)
        if user.is_authenticated:
            actions.record_own_act(gettext_noop("signed out"), user=user)
        return super().post(request, *args, **kwargs)


@on_families_site
def home(request):
    """Where a sign-in ends."""
    return redirect(menu.first_page(request))


@login_not_required
@on_families_site
@narrow.allowed
def forgotten(request):
    """The answer is the same whether or not somebody has this e-mail."""
    form = ForgottenForm(posted(request))
    if form.is_valid():
        try:
            begin_forgotten(request, form.cleaned_data["email"])
        except TooMany as too_many:
            form.add_error(None, _("Too many attempts. Wait 15 minutes; look into your mailbox meanwhile."))
            response = render(request, "access/forgotten.html", {"form": form}, status=429)
            response.headers["Retry-After"] = str(too_many.seconds)
            return response
        actions.ask_for_new_password(email=form.cleaned_data["email"])
        return redirect("forgotten-sent")
    return render(request, "access/forgotten.html", {"form": form})


@login_not_required
@on_families_site
@narrow.allowed
def forgotten_sent(request):
    return render(request, "access/forgotten_sent.html")


@requires("access.view_accounts")
@shows_names(gettext_noop("looked at the accounts"))
@one_at_a_time(SEARCH, when=searches)
def accounts(request):
    text = searched(request)
    people = (
        Person.objects.search_families(text).select_related("user").with_family() if text else Person.objects.none()
    )
    page = page_by_name(people, request.POST.get("after"))
    context = {
        "text": text,
        "page": page,
        "nobodys": User.objects.filter(person=None).prefetch_related("groups__profile__group").order_by("username"),
        "viewable": set(
            without_options().filter(person__in=[person.pk for person in page.rows]).values_list("pk", flat=True)
        ),
    }
    return render(request, "access/accounts.html", context)


@requires("access.impersonate")
@asks_for_proof()
@shows_names(gettext_noop("looked at somebody to view as"), of="user")
def impersonate(request, pk):
    """Asks why first: the reason stands in the trail."""
    user = get_object_or_404(User.objects.select_related("person"), pk=pk)
    form = ReasonForm(posted(request))
    try:
        viewing.check(user)
        if form.is_valid():
            viewing.enter(request, viewing.begin(user=user, by=request.user, **form.cleaned_data))
            return redirect("home")
    except actions.AccessRefused as refused:
        messages.error(request, str(refused))
        return redirect("accounts")
    return render(request, "access/view_as.html", {"viewed": user, "form": form})


@require_POST
def stop_impersonating(request):
    if request.real_user:
        viewing.end(request.viewing, viewing.Ended.STOPPED)
        viewing.leave(request)
        return redirect("accounts")
    return redirect("home")


marked(stop_impersonating, "allowed_while_impersonating")


@requires("access.manage_profiles")
@asks_for_proof()
@shows_names(gettext_noop("looked at the administrator profiles"))
def profiles(request):
    form = NewProfileForm(posted(request))
    if form.is_valid():
        try:
            made = actions.create_profile(name=form.cleaned_data["name"], by=request.user)
        except actions.AccessRefused as refused:
            form.add_error("name", str(refused))
        else:
            return redirect("profile", made.pk)
    listed = Profile.objects.select_related("group").prefetch_related("group__permissions", "group__user_set__person")
    return render(request, "access/profiles.html", {"profiles": listed, "form": form})


def effects_to_confirm(request, profile, form):
    """What saving would change for its holders, until it has been shown and is pressed again; else nothing."""
    if not form.is_valid():
        return []
    options = form.cleaned_data["options"]
    try:
        actions.check_may_set(profile=profile, options=options, by=request.user)
    except actions.AccessRefused:  # saving says why
        return []
    if unseal(request.POST.get("confirmed", ""), of=profile.subject) == sorted(options):
        return []
    found = effects(profile, options)
    return found if any(effect.concerned for effect in found) else []


def saves(request):
    """Looking for somebody on the page is posted too."""
    return request.method == "POST" and "q" not in request.POST


@requires("access.manage_profiles")
@asks_for_proof(when=saves)
@shows_names(gettext_noop("looked at an administrator profile"), of="profile")
@one_at_a_time(SEARCH, when=searches)
def profile(request, pk):
    shown = get_object_or_404(Profile.objects.select_related("group"), pk=pk)
    revision = revision_of(shown.subject)
    text = searched(request)
    form = ProfileForm(
        None if "q" in request.POST else posted(request),
        seen=revision,
        initial={"options": [option.permission for option in shown.options]},
    )
    to_confirm = effects_to_confirm(request, shown, form)
    if form.is_valid() and not to_confirm:
        try:
            actions.set_options(profile=shown, by=request.user, **form.cleaned_data)
        except SavedMeanwhile as meanwhile:
            form.say(meanwhile)
        except actions.AccessRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. It counts from each holder's next page."))
            return redirect("profile", pk)
    found = User.objects.filter(is_active=True).exclude(groups=shown.group).select_related("person")
    matches = (
        found.filter(person__in=Person.objects.search(text)) | found.filter(username__icontains=visible(text))
        if text
        else found.none()
    )
    found, has_more = first(matches.distinct(), MOST_FOUND)
    context = {
        "profile": shown,
        "revision": revision,
        "with_factor": authenticators.with_factor(shown.holders),
        "form": form,
        "effects": to_confirm,
        "confirmed": seal(sorted(form.cleaned_data["options"]), of=shown.subject) if to_confirm else "",
        "sections": [(label, [o for o in menu.options() if o.section == key]) for key, label in menu.SECTIONS.items()],
        "held": set(form["options"].value() or []),
        "text": text,
        "matches": found,
        "has_more": has_more,
    }
    return render(request, "access/profile.html", context)


def _choose_anew(email):
    if email:
        return _("They choose a new password before anything opens to them. The link goes to %(email)s.") % {
            "email": email
        }
    return _("They need a new password, and there is no e-mail on record to which the link could go. Write one down.")


@requires("access.manage_profiles")
@require_POST
@asks_for_proof()
def add_holder(request, pk, user_pk):
    shown, user = (
        get_object_or_404(Profile, pk=pk),
        get_object_or_404(User.objects.select_related("person"), pk=user_pk),
    )
    held_before = user.holds_options
    try:
        actions.add_holder(profile=shown, user=user, shown=request.POST.get("shown", ""), by=request.user)
    except actions.AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(name)s now holds %(profile)s.") % {"name": user, "profile": shown})
        if not held_before and user.holds_options and hasattr(user, "person"):
            messages.warning(request, _choose_anew(user.person.email))
    return redirect("profile", pk)


@requires("access.manage_profiles")
@require_POST
@asks_for_proof()
def remove_holder(request, pk, user_pk):
    shown, user = get_object_or_404(Profile, pk=pk), get_object_or_404(User, pk=user_pk)
    try:
        actions.remove_holder(profile=shown, user=user, by=request.user)
    except actions.AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(name)s no longer holds %(profile)s.") % {"name": user, "profile": shown})
    return redirect("profile", pk)
