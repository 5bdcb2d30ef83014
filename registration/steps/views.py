import time
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.addresses import Site, absolute, on_families_site
from portal.forms import posted
from wechat_admin.models import EnterpriseAccount

from ..models import GOES_ON_ASKING_FOR, Registration
from ..years import rules as years
from . import actions
from .devices import device
from .forms import ConsentForm, EmailForm, MobileForm

LAST_STEP = 4
REFUSAL_WHILE_IMPERSONATING = gettext_lazy("You are viewing as %(name)s. Only %(name)s can register.")


def step_address(number):
    return reverse("registration:step", args=[number])


def registration_page(view):
    """What every page of registration asks first: is it open, who is it, may they, is this their site.

    Hidden comes before everything, sign-in too. The view gets (request, account, person, registration or None).
    """

    @login_not_required
    @on_families_site
    @never_cache
    @wraps(view)
    def checked(request, *args, **kwargs):
        account = EnterpriseAccount.objects.the()
        if not account.is_registration_open:
            return render(request, "registration/closed.html", status=404)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("sign-in"))
        person = getattr(request.user, "person", None)
        registration = person.registrations.open().of_account(account).first() if person else None
        refusal = _refusal(person, registration)
        if refusal:
            return render(request, "registration/refused.html", {"sentence": refusal}, status=403)
        other_site = _other_site(request, person)
        if other_site:
            return redirect(absolute(other_site, step_address(1)))
        return view(request, account, person, registration, *args, **kwargs)

    checked.impersonation_refusal = REFUSAL_WHILE_IMPERSONATING
    return checked


def _refusal(person, registration):
    """Why this person may not register, in a sentence, or None."""
    if person is None:
        return _("Only staff, contacts and pupils of the school can register. This sign-in belongs to none of them.")
    if person.has_left:
        return _("You have left the school, so you cannot register for its messages.")
    if person.is_barred:
        return _("The school's records say that you do not receive messages. Ask the office if this is wrong.")
    # Whoever has confirmed a number stays registered when a child leaves or a year is switched off, and may still stop.
    if registration is not None and not registration.is_started:
        return None
    if not person.is_current:
        return _("None of your children is at the school now. Ask the office if this is wrong.")
    return years.refusal(person)


def _other_site(request, person):
    """The site somebody belongs to who came to the other one and holds no role there."""
    if request.site == Site.STAFF and not person.is_staff_member:
        return Site.FAMILIES
    if request.site == Site.FAMILIES and not person.is_family:
        return Site.STAFF
    return None


def first_open_step(registration):
    return registration.step if registration else 1


@registration_page
def step(request, account, person, registration, number):
    if not 1 <= number <= LAST_STEP:
        raise Http404
    open_step = first_open_step(registration)
    changing_number = number == 2 and registration is not None and registration.may_change_number
    if number != open_step and not changing_number:
        return redirect(step_address(open_step))
    return STEPS[number](request, account, person, registration)


def who_you_are(request, account, person, registration):
    if not request.real_user:
        actions.note_opened(person=person, account=account)
    form = ConsentForm(posted(request))
    if form.is_valid():
        actions.start(person=person, account=account, language=get_language(), by=request.user)
        return redirect(step_address(2))
    pupils = person.pupils_in_sight() if person.is_contact else []
    return _page(request, 1, {"form": form, "person": person, "pupils": pupils})


def your_number(request, account, person, registration):
    form = _address_form(request, person, registration)
    if form.is_valid():
        try:
            actions.confirm(registration=registration, by=request.user, **form.cleaned_data)
        except actions.RegistrationRefused as refused:
            form.add_error(form.ADDRESS, str(refused))
        else:
            return redirect(step_address(first_open_step(Registration.objects.get(pk=registration.pk))))
    by_email = isinstance(form, EmailForm)
    return _page(request, 2, {"form": form, "person": person, "registration": registration, "by_email": by_email})


def _address_form(request, person, registration):
    """The number, or the e-mail address for those whose number WeCom holds for somebody else already."""
    if request.GET.get("by", "email" if registration.email else "mobile") == "email":
        return EmailForm(posted(request), initial={"email": registration.email or person.email})
    known = registration.mobile_in_words or person.mobile_in_words
    return MobileForm(posted(request), initial={"mobile": known})


def scan_the_code(request, account, person, registration):
    _ask(request, registration)
    return _page(request, 3, _code_context(request, account, registration, since=int(time.time())))


def _code_context(request, account, registration, since):
    """`since` is when the page was opened, in seconds: it asks for ten minutes and then waits for a press."""
    return {
        "registration": registration,
        "account": account,
        "asks_at": reverse("registration:state") + "?" + urlencode({"shown": registration.shown_state, "since": since}),
        "asks": time.time() - since < GOES_ON_ASKING_FOR.total_seconds(),
        "device": device(request.headers.get("User-Agent", "")),
    }


def done(request, account, person, registration):
    return _page(request, 4, {"registration": registration, "person": person})


STEPS = {1: who_you_are, 2: your_number, 3: scan_the_code, 4: done}


def _page(request, number, context):
    slug = "family-registration" if request.user.person.is_family else "staff-registration"
    context |= {"number": number, "last_step": LAST_STEP, "help_address": reverse("help-page", args=[slug])}
    return render(request, f"registration/step{number}.html", context)


def _ask(request, registration):
    if not request.real_user:
        actions.ask(registration=registration)


@registration_page
def state(request, account, person, registration):
    """The live part of step 3 alone; moves the page on by itself when WeCom says that the person is active."""
    if registration is None or registration.step != 3:
        return HttpResponse(headers={"HX-Redirect": step_address(first_open_step(registration))})
    asked = request.GET.get("since", "")
    since = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 12 else int(time.time())
    context = _code_context(request, account, registration, since)
    if context["asks"]:
        _ask(request, registration)
        if request.GET.get("shown") == registration.shown_state:
            # Nothing to swap: a picture that is replaced under the finger cannot be pressed and held.
            return HttpResponse(status=204)
    return render(request, "registration/_state.html", context)


@registration_page
def qr_png(request, account, person, registration):
    return HttpResponse(
        bytes(account.qr_png), content_type="image/png", headers={"Cache-Control": "private, max-age=300"}
    )


@registration_page
@require_POST
def daily_limit(request, account, person, registration):
    """WeChat lets nobody more follow the school today: the person says so, an administrator is told."""
    if registration is not None and registration.step == 3:
        actions.note_daily_limit(registration=registration)
        messages.info(
            request, _("That is Tencent's daily limit for the school. We have told the school; try tomorrow.")
        )
    return redirect(step_address(first_open_step(registration)))


@registration_page
def stop(request, account, person, registration):
    """Asks first on GET, stops on POST."""
    if registration is None:
        return redirect("my-details")
    if request.method == "POST":
        actions.withdraw(registration=registration, by=request.user)
        return redirect("my-details" if person.is_family else "home")
    return render(request, "registration/stop.html", {"registration": registration})


@login_not_required
@on_families_site
def with_its_case(request, number="1"):
    """Any other way to write the address leads to the canonical one."""
    return redirect(step_address(int(number)))
