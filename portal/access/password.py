from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.shortcuts import redirect
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.forms import PhoneFieldTemplates
from portal.people.models import User

from .actions import record_own_act
from .known_browsers import remember
from .sessions import What, end, note, open_sessions


class ChoosePasswordForm(SetPasswordForm):
    default_renderer = PhoneFieldTemplates()


def choose_password_of(request):
    """Leads whoever is signed in to choosing a password; the token stays in their session, out of every address."""
    user = request.user
    request.session[INTERNAL_RESET_SESSION_TOKEN] = default_token_generator.make_token(user)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return redirect("choose-password", uidb64=uid, token=PasswordResetConfirmView.reset_url_token)


class ChoosePassword(PasswordResetConfirmView):
    """The link of a sign-in e-mail: choose a password, once."""

    template_name = "access/choose_password.html"
    form_class = ChoosePasswordForm
    user: User

    def form_valid(self, form):
        response = super().form_valid(form)
        record_own_act(gettext_noop("chose a password"), user=self.user)
        note(self.request, self.user, What.CHOSE_PASSWORD)
        # Whoever knew the old one is out.
        end(open_sessions(self.user).exclude(session_id=self.request.session.session_key))
        remember(self.request, response, self.user)
        messages.success(self.request, _("Your password is saved. Sign in with it."))
        return response
