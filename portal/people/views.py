from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import activate, check_for_language
from django.views.decorators.http import require_POST

from portal import panels
from portal.addresses import on_families_site
from portal.forms import searched
from portal.menu import requires
from portal.paging import page_of
from portal.views import back_to

from . import actions
from .models import Person


@on_families_site
def my_details(request):
    person = getattr(request.user, "person", None)
    context = {
        "person": person,
        "pupils": person.pupils_in_sight() if person and person.is_contact else [],
        "panels": panels.render(panels.MY_DETAILS, request, person=person) if person else [],
    }
    return render(request, "people/my_details.html", context)


@requires("people.view")
def directory(request):
    text = searched(request)
    people = Person.objects.search(text).prefetch_related("memberships__group")
    return render(request, "people/directory.html", {"page": page_of(people, request), "text": text})


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
        if person and not request.real_user:
            actions.set_language(person=person, language=language)
    return response


set_language.allowed_while_impersonating = True


def remember_language(response: HttpResponse, language: str):
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
