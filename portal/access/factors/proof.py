"""The page that asks somebody signed in to prove anew that it is they (portal/fresh_proof.py), and what follows it."""

from dataclasses import replace

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import fresh_proof
from portal.addresses import Site, on_families_site
from portal.again import typed_on, unfolded
from portal.forms import posted
from portal.marks import marked
from portal.request_sizes import LONG_FORM, up_to
from portal.views import back_to

from .. import guesses
from ..actions import record_wrong_factor, record_wrong_password
from ..tries import TooMany, strike_out
from . import authenticators
from .forms import TOO_MANY, FactorForm
from .needed import opens_without_factor


class ProofForm(FactorForm):
    """Their password, or a second factor where they have one."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean(self):
        password = self.cleaned_data.get("password")
        if not password:
            return super().clean()
        try:
            guess = guesses.begin(self.request, self.user.username)
        except TooMany as too_many:
            self.wait = too_many.seconds
            raise ValidationError(TOO_MANY, code="too_many") from None
        if authenticate(self.request, username=self.user.username, password=password) != self.user:
            raise ValidationError(_("That is not your password."), code="wrong password")
        strike_out(guess)
        return self.cleaned_data


class ProofAsked:
    """Answers a view that needs a fresh proof with the page that asks for it; what was typed comes along."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if not isinstance(error, fresh_proof.ProofNeeded):
            return None
        typed = typed_on(request)
        if typed and error.keeps_secrets:
            typed = replace(typed, secrets=[])
        address = request.get_full_path() if request.method == "GET" else ""
        return _ask(request, ProofForm(), typed=typed, address=address, is_file=error.is_file, status=401)


def _ask(request, form, *, typed, address, is_file, status=200):
    user = request.real_user or request.user
    with_passkey = request.site != Site.FAMILIES and authenticators.has_passkey(user)
    context = {
        "form": form,
        "typed": typed,
        "next": address,
        "is_file": is_file,
        "with_code": authenticators.has_factor(user),
        "passkey": authenticators.ask_for_passkey(user) if with_passkey else None,
    }
    return render(request, "access/factors/prove.html", context, status=status)


@up_to(LONG_FORM)
@on_families_site
@opens_without_factor
def prove(request):
    """What they were about to do follows: the page is shown, and what was typed is sent by a press."""
    if request.method != "POST":
        return redirect("home")
    typed, address, is_file = unfolded(request), request.POST.get("next", ""), bool(request.POST.get("is_file"))
    user = request.real_user or request.user
    form = ProofForm(posted(request), request=request, user=user)
    if form.is_valid():
        fresh_proof.note(request.session)
        if typed or is_file:
            context = {"typed": typed, "address": back_to(request)}
            return render(request, "access/factors/proved.html", context)
        return redirect(back_to(request))
    response = _ask(request, form, typed=typed, address=address, is_file=is_file)
    if form.wait:
        response.status_code, response.headers["Retry-After"] = 429, str(form.wait)
    elif form.has_error("__all__", "wrong password"):
        record_wrong_password(user=user)
    elif form.has_error("__all__", "wrong"):
        record_wrong_factor(user=user)
    return response


# Proves who looks, and changes nothing for whom they view as.
marked(prove, "allowed_while_impersonating")
