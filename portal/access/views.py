from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal import menu
from portal.addresses import on_families_site
from portal.again import unfolded
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted, searched
from portal.menu import requires
from portal.paging import page_of
from portal.people.models import Person, User
from portal.people.typed import visible
from portal.people.views import remember_language
from portal.request_sizes import LONG_FORM, up_to

from . import actions
from .forms import ForgottenForm, NewProfileForm, ProfileForm, SignInForm
from .guesses import whose
from .known_browsers import remember
from .middleware import SESSION_KEY
from .models import Profile, without_options


# What somebody had typed when their session ended travels through it.
@method_decorator([login_not_required, up_to(LONG_FORM)], name="dispatch")
class SignIn(auth_views.LoginView):
    template_name = "access/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request, *args, **kwargs):
        self.typed = unfolded(request)
        # Signed in again in another window meanwhile.
        if self.typed and request.user.is_authenticated:
            return self._go_on()
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"typed": self.typed}

    def _go_on(self):
        """What they had typed when their session ended, to be sent by a press."""
        context = {"title": _("You are signed in again"), "typed": self.typed, "offers_again": True}
        return render(self.request, "error.html", context)

    def get_redirect_url(self):
        address = super().get_redirect_url()
        return address if address.startswith("/") else ""

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.wait:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.wait)
        elif form.has_error(NON_FIELD_ERRORS):
            actions.record_wrong_password(user=whose(form.cleaned_data["username"]))
        return response

    def form_valid(self, form):
        response = super().form_valid(form)
        actions.record_own_act(gettext_noop("signed in"), user=form.get_user())
        if self.typed:
            response = self._go_on()
        remember(self.request, response, form.get_user())
        person = getattr(self.request.user, "person", None)
        if person and person.language and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            remember_language(response, person.language)
        return response


class SignOut(auth_views.LogoutView):
    next_page = "sign-in"

    def post(self, request, *args, **kwargs):
        user = request.real_user or request.user
        if user.is_authenticated:
            actions.record_own_act(gettext_noop("signed out"), user=user)
        return super().post(request, *args, **kwargs)


@on_families_site
def home(request):
    """Where a sign-in ends."""
    return redirect(menu.first_page(request))


@login_not_required
@on_families_site
def forgotten(request):
    """The answer is the same whether or not somebody has this e-mail."""
    form = ForgottenForm(posted(request))
    if form.is_valid():
        actions.ask_for_new_password(email=form.cleaned_data["email"])
        return redirect("forgotten-sent")
    return render(request, "access/forgotten.html", {"form": form})


@login_not_required
@on_families_site
def forgotten_sent(request):
    return render(request, "access/forgotten_sent.html")


@requires("access.view_accounts")
def accounts(request):
    text = searched(request)
    people = Person.objects.search(text).select_related("user") if text else Person.objects.none()
    page = page_of(people, request)
    context = {
        "text": text,
        "page": page,
        "viewable": set(
            without_options().filter(person__in=[person.pk for person in page.rows]).values_list("pk", flat=True)
        ),
    }
    return render(request, "access/accounts.html", context)


@requires("access.impersonate")
@require_POST
def impersonate(request, pk):
    user = get_object_or_404(User, pk=pk)
    try:
        actions.check_impersonation(user=user)
    except actions.AccessRefused as refused:
        messages.error(request, str(refused))
        return redirect("accounts")
    actions.record_impersonation(gettext_noop("started viewing as somebody else"), user=user, by=request.user)
    request.session[SESSION_KEY] = user.pk
    return redirect("home")


@require_POST
def stop_impersonating(request):
    if request.real_user:
        actions.record_impersonation(
            gettext_noop("stopped viewing as somebody else"), user=request.user, by=request.real_user
        )
        del request.session[SESSION_KEY]
        return redirect("accounts")
    return redirect("home")


stop_impersonating.allowed_while_impersonating = True


@requires("access.manage_profiles")
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


@requires("access.manage_profiles")
def profile(request, pk):
    shown = get_object_or_404(Profile.objects.select_related("group"), pk=pk)
    text = searched(request)
    form = ProfileForm(
        None if "q" in request.POST else posted(request),
        seen=revision_of(shown.subject),
        initial={"options": [option.permission for option in shown.options]},
    )
    if form.is_valid():
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
    context = {
        "profile": shown,
        "form": form,
        "sections": [(label, [o for o in menu.options() if o.section == key]) for key, label in menu.SECTIONS.items()],
        "held": set(form["options"].value() or []),
        "text": text,
        "matches": matches.distinct()[:20],
    }
    return render(request, "access/profile.html", context)


@requires("access.manage_profiles")
@require_POST
def add_holder(request, pk, user_pk):
    shown, user = get_object_or_404(Profile, pk=pk), get_object_or_404(User, pk=user_pk)
    try:
        actions.add_holder(profile=shown, user=user, by=request.user)
    except actions.AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(name)s now holds %(profile)s.") % {"name": user, "profile": shown})
    return redirect("profile", pk)


@requires("access.manage_profiles")
@require_POST
def remove_holder(request, pk, user_pk):
    shown, user = get_object_or_404(Profile, pk=pk), get_object_or_404(User, pk=user_pk)
    try:
        actions.remove_holder(profile=shown, user=user, by=request.user)
    except actions.AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(name)s no longer holds %(profile)s.") % {"name": user, "profile": shown})
    return redirect("profile", pk)
