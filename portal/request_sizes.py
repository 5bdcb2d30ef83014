"""How much may be sent to which address: asked of its length, before anything of it is read.

An address that asks for no sign-in takes SHORT_FORM, any other LONG_FORM, unless the view says otherwise (`up_to`).
"""

from django.shortcuts import render
from django.utils.translation import gettext as _

from .reading import MOST_DIGITS

SHORT_FORM, LONG_FORM, WITH_FILES = 64 * 1024, 1024 * 1024, 25 * 1024 * 1024


def up_to(most):
    """Marks a view that takes more, or less, than addresses of its kind; WITH_FILES is for whoever is signed in."""

    def mark(view):
        view.takes_up_to = most
        return view

    return mark


class RequestSizes:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and len(length) <= MOST_DIGITS and int(length) <= _most(request, view):
            return None
        sentence = _("This is more than this page takes. Shorten the text, or choose a smaller file.")
        return render(request, "error.html", {"title": _("Too large"), "sentence": sentence}, status=413)


def _most(request, view):
    asks_for_sign_in = getattr(view, "login_required", True)
    most = getattr(view, "takes_up_to", LONG_FORM if asks_for_sign_in else SHORT_FORM)
    return most if most <= LONG_FORM or request.user.is_authenticated else LONG_FORM
