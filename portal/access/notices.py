from datetime import timedelta

from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, Way, register

from .models import SignInEvent

_SHOWN_FOR = timedelta(days=14)


def _new_browsers():
    lately = SignInEvent.objects.filter(what=SignInEvent.What.NEW_BROWSER, at__gt=Now() - _SHOWN_FOR)
    return {str(pk): Cause(to=[user]) for pk, user in lately.values_list("pk", "user")}


def _in_words(subject):
    event = SignInEvent.objects.filter(pk=subject).first()
    return _("A browser not known before signed in as you: %(browser)s.") % {"browser": event.name if event else "–"}


register(
    Kind(
        "access.new_browser",
        gettext_lazy("A browser not known before signs in as you"),
        option="",
        causes=_new_browsers,
        sentence=_in_words,
        address=lambda subject: reverse("my-details"),
        way=Way.PAGE,  # everybody concerned is written to at once, holders of options or not
        is_news=True,
    )
)
