from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import activate, check_for_language, gettext_noop
from django.views.decorators.http import require_POST

from portal import panels
from portal.addresses import on_families_site
from portal.audit.looking import shows_names
from portal.marks import marked
from portal.views import back_to

from . import actions
from .roles import Role


@on_families_site
@shows_names(gettext_noop("looked at the details of the person viewed as"), own=True)
def my_details(request):
    person = getattr(request.user, "person", None)
    context = {
        "person": person,
        "pupils": person.pupils_in_sight() if person and person.is_now(Role.CONTACT) else [],
        "may_propose": bool(person and person.is_now(Role.CONTACT)),
        "proposals": person.proposals.order_by("-pk")[:5] if person else [],
        "sign_in_panels": panels.render(panels.MY_SIGN_IN, request),
        "panels": panels.render(panels.MY_DETAILS, request, person=person) if person else [],
    }
    return render(request, "people/my_details.html", context)


@login_not_required
@on_families_site
@require_POST
def set_language(request):
    """For this browser, and for what the school sends this person."""
    response = redirect(back_to(request))
    language = request.POST.get("language", "")
    if language in settings.LANGUAGE_NAMES and check_for_language(language):
        activate(language)
        remember_language(response, language)
        person = getattr(request.user, "person", None)
        if person and not request.real_user and request.narrow is None:
            actions.set_language(person=person, language=language)
    return response


marked(set_language, "allowed_while_impersonating", "allowed_in_narrow_sessions")


def remember_language(response: HttpResponse, language: str):
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
