from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.forms import PhoneFieldTemplates

from .actions import record_own_act
from .known_browsers import remember


class ChoosePasswordForm(SetPasswordForm):
    default_renderer = PhoneFieldTemplates()


class ChoosePassword(PasswordResetConfirmView):
    """The link of a sign-in e-mail: choose a password, once."""

    template_name = "access/choose_password.html"
    form_class = ChoosePasswordForm

    def form_valid(self, form):
        response = super().form_valid(form)
        record_own_act(gettext_noop("chose a password"), user=self.user)
        remember(self.request, response, self.user)
        messages.success(self.request, _("Your password is saved. Sign in with it."))
        return response
