"""What the pages of registration ask first: is it open, who is it, is this their site, may they register.

Hiding hides registering, never leaving and never one's own state; so does a refusal.
"""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.addresses import Site, absolute, on_families_site
from wechat_admin.models import EnterpriseAccount

from ..years import rules as years

REFUSAL_WHILE_IMPERSONATING = gettext_lazy("You are viewing as %(name)s. Only %(name)s can register.")


def registration_of(user, account):
    """The open registration of whoever is signed in, or None."""
    person = getattr(user, "person", None)
    return person.registrations.open().of_account(account).first() if person else None


def refusal(person, registration):
    """Why this person may not register, in a sentence, or None."""
    if person.has_left:
        return _("You have left the school, so you cannot register for its messages.")
    if person.is_barred:
        return _("The school's records say that you do not receive messages. Ask the office if this is wrong.")
    # Whoever has confirmed a number stays registered when a child leaves or a year is switched off.
    if registration is not None and not registration.is_started:
        return None
    if not person.is_current:
        return _("None of your children is at the school now. Ask the office if this is wrong.")
    return years.refusal(person)


# --- the questions; each answers with the page that keeps somebody out, or None ---


def _is_open(request, account, registration):
    """Hidden comes before everything, sign-in too."""
    if not account.is_registration_open:
        return render(request, "registration/closed.html", {"registration": registration}, status=404)
    return None


def _is_open_or_registered(request, account, registration):
    if registration is None or not registration.is_registered:
        return _is_open(request, account, registration)
    return None


def _is_somebody(request, account, registration):
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("sign-in"))
    if getattr(request.user, "person", None) is None:
        sentence = _(
            "Only staff, contacts and pupils of the school can register. This sign-in belongs to none of them."
        )
        return _refused(request, sentence, None)
    return None


def _is_their_site(request, account, registration):
    """Whoever holds no role on this site is led to the other; an administrator who views as them is signed in here."""
    person = request.user.person
    if request.real_user is None and request.site == Site.STAFF and not person.works_here:
        return redirect(absolute(Site.FAMILIES, request.path))
    if request.real_user is None and request.site == Site.FAMILIES and not person.is_family:
        return redirect(absolute(Site.STAFF, request.path))
    return None


def _code_goes_so_far(request, account, registration):
    """A personal code registers its person once, with the number on record."""
    code = request.narrow
    if code is None or (registration is not None and registration.is_registered):
        return None
    if code.used_up:
        sentence = _(
            "You have registered with this code, so it only shows how things stand. To register again, ask the office for "
            "a new letter."
        )
    elif not request.user.person.mobile:
        sentence = _(
            "The school has no mobile number of yours, so WeChat cannot find you. Give it to the office first."
        )
    else:
        return None
    return _refused(request, sentence, registration)


def _may_register(request, account, registration):
    if sentence := refusal(request.user.person, registration):
        return _refused(request, sentence, registration)
    return None


def _refused(request, sentence, registration):
    context = {"sentence": sentence, "registration": registration}
    return render(request, "registration/refused.html", context, status=403)


def _asking(*questions):
    """Marks a view, which then gets (request, account, person, registration or None)."""

    def decorate(view):
        @login_not_required
        @on_families_site
        @never_cache
        @wraps(view)
        def checked(request, *args, **kwargs):
            account = EnterpriseAccount.objects.the()
            registration = registration_of(request.user, account)
            for question in questions:
                if answer := question(request, account, registration):
                    return answer
            return view(request, account, request.user.person, registration, *args, **kwargs)

        checked.impersonation_refusal = REFUSAL_WHILE_IMPERSONATING
        checked.allowed_in_narrow_sessions = True
        return checked

    return decorate


registering_page = _asking(_is_open, _is_somebody, _is_their_site, _code_goes_so_far, _may_register)
registered_page = _asking(_is_open_or_registered, _is_somebody, _is_their_site)
leaving_page = _asking(_is_somebody, _is_their_site)
