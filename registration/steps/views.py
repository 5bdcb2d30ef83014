import time
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access.narrow import allowed
from portal.access.tries import TooMany, strike_out
from portal.addresses import on_families_site
from portal.audit.looking import shows_names
from portal.forms import posted
from portal.people.phones import mask
from portal.reading import read_id
from portal.school.table import value

from ..codes.coming_in import may_choose_password
from ..models import GOES_ON_ASKING_FOR, Registration
from . import actions, asking, family
from .devices import device
from .entrance import leaving_page, refusal, registered_page, registering_page
from .forms import ConsentForm, EmailForm, MobileForm, NothingCameForm

LAST_STEP = 4


def step_address(number):
    return reverse("registration:step", args=[number])


def first_open_step(registration):
    return registration.step if registration else 1


_while_viewing_as = shows_names(gettext_noop("looked at the registration of the person viewed as"), own=True)


@_while_viewing_as
@registering_page
def step(request, account, person, registration, number):
    if number not in STEPS:
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
    context = {
        "form": form,
        "person": person,
        "family": family.in_words(person),
        "privacy_notice": value("privacy_notice"),
    }
    return _page(request, 1, context)


def your_number(request, account, person, registration):
    if request.narrow is not None:
        return _number_on_record(request, person, registration)
    form = _address_form(request, person, registration)
    if form.is_valid():
        try:
            asked = asking.begin(request, person)
            actions.confirm(registration=registration, by=request.user, **form.cleaned_data)
        except TooMany:
            form.add_error(form.ADDRESS, _("That was too many numbers in a row. Wait 15 minutes, or ask the office."))
        except actions.RegistrationRefused as refused:
            form.add_error(form.ADDRESS, str(refused))
        else:
            strike_out(asked)
            return redirect(step_address(first_open_step(Registration.objects.get(pk=registration.pk))))
    by_email = isinstance(form, EmailForm)
    return _page(request, 2, {"form": form, "person": person, "registration": registration, "by_email": by_email})


def _number_on_record(request, person, registration):
    """Whoever came in by a code confirms the number the school has, and gives no other: the letter may be anybody's."""
    refused = ""
    if request.method == "POST":
        try:
            actions.confirm(registration=registration, by=request.user, mobile=person.mobile)
        except actions.RegistrationRefused:
            refused = _(
                "Somebody else is known to WeChat by this number, or it can no longer be changed. Ask the office."
            )
        else:
            return redirect(step_address(first_open_step(Registration.objects.get(pk=registration.pk))))
    context = {"person": person, "registration": registration, "number_on_record": mask(person.mobile)}
    return _page(request, 2, context | {"refused": refused})


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


@_while_viewing_as
@registered_page
def registered(request, account, person, registration):
    """The last step, and what somebody sees of their own registration ever after."""
    if first_open_step(registration) != LAST_STEP:
        return redirect(step_address(first_open_step(registration)))
    context = {
        "registration": registration,
        "person": person,
        "refusal": refusal(person, registration),
        "nothing_came_form": NothingCameForm(),
        "may_choose_password": request.narrow and may_choose_password(request.narrow, registration),
    }
    return _page(request, LAST_STEP, context)


STEPS = {1: who_you_are, 2: your_number, 3: scan_the_code}


def _page(request, number, context):
    context |= {"number": number, "last_step": LAST_STEP}
    return render(request, f"registration/step{number}.html", context)


def _ask(request, registration):
    if not request.real_user:
        actions.ask(registration=registration)


@registering_page
def state(request, account, person, registration):
    """The live part of step 3 alone; moves the page on by itself when WeCom says that the person is active."""
    if registration is None or registration.step != 3:
        return HttpResponse(headers={"HX-Redirect": step_address(first_open_step(registration))})
    since = read_id(request.GET.get("since")) or int(time.time())
    context = _code_context(request, account, registration, since)
    if context["asks"]:
        _ask(request, registration)
        if request.GET.get("shown") == registration.shown_state:
            # Nothing to swap: a picture that is replaced under the finger cannot be pressed and held.
            return HttpResponse(status=204)
    return render(request, "registration/_state.html", context)


@registering_page
def qr_png(request, account, person, registration):
    return HttpResponse(
        bytes(account.qr_png), content_type="image/png", headers={"Cache-Control": "private, max-age=300"}
    )


@registering_page
@require_POST
def daily_limit(request, account, person, registration):
    """WeChat lets nobody more follow the school today: the person says so, an administrator is told."""
    if registration is not None and registration.step == 3:
        actions.note_daily_limit(registration=registration)
        messages.info(
            request, _("That is Tencent's daily limit for the school. We have told the school; try tomorrow.")
        )
    return redirect(step_address(first_open_step(registration)))


@registered_page
@require_POST
def nothing_came(request, account, person, registration):
    """Somebody registered says that no message comes: the office sees it among its cases."""
    form = NothingCameForm(posted(request))
    if registration is not None and registration.is_registered and form.is_valid():
        if actions.tell_nothing_came(registration=registration, by=request.user, **form.cleaned_data):
            messages.success(request, _("We have told the school. It looks at what only the school can change."))
        else:
            messages.info(request, _("You have told the school today. It can be told again tomorrow."))
    return redirect(step_address(first_open_step(registration)))


@_while_viewing_as
@leaving_page
def stop(request, account, person, registration):
    """Asks first on GET, stops on POST."""
    own_place = reverse("my-details" if person.is_family else "home") if request.narrow is None else step_address(1)
    if registration is None:
        return redirect(own_place)
    if request.method == "POST":
        actions.withdraw(registration=registration, by=request.user)
        if request.narrow is not None:
            messages.success(request, _("You no longer receive messages."))
        return redirect(own_place)
    can_go_on = account.is_registration_open or registration.is_registered
    back = step_address(registration.step) if can_go_on else own_place
    return render(request, "registration/stop.html", {"registration": registration, "back": back})


@login_not_required
@on_families_site
@allowed
def with_its_case(request, number="1"):
    """Any other way to write the address leads to the canonical one."""
    return redirect(step_address(int(number)))
