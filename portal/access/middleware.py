from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal.again import typed_on
from portal.audit.actions import record

from .forms import SignInForm
from .models import may_be_impersonated

SESSION_KEY = "impersonating"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
REFUSAL = _("You are viewing as %(name)s. Only %(name)s can do this.")


class Impersonation:
    """Shows an administrator the portal as somebody else sees it, and refuses to change anything meanwhile.

    The session stays the administrator's. Who they are, that they still hold the option and that the other person
    still may be viewed is looked up again on every request. `request.real_user` is the administrator, or None.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.real_user = None
        viewed = request.session.get(SESSION_KEY)
        if viewed is not None:
            self._view_as(request, viewed)
        return self.get_response(request)

    def _view_as(self, request, viewed):
        user = get_user_model().objects.filter(pk=viewed).first()
        if user is not None and request.user.has_perm("access.impersonate") and may_be_impersonated(user):
            request.real_user, request.user = request.user, user
        else:
            # Asking who signed in may itself have ended the session: their password was changed elsewhere.
            request.session.pop(SESSION_KEY, None)

    def process_view(self, request, view, args, kwargs):
        if request.real_user is None or request.method in SAFE_METHODS:
            return
        if not getattr(view, "allowed_while_impersonating", False):
            record(
                gettext_noop("was refused while viewing as somebody else"),
                by=request.real_user,
                subject=request.resolver_match.view_name,
                on_behalf_of=request.user,
            )
            sentence = getattr(view, "impersonation_refusal", REFUSAL)
            raise PermissionDenied(sentence % {"name": request.user})


class SignInRequired(LoginRequiredMiddleware):
    """Whoever is not signed in is asked to; what they had typed by the time their session ended comes along."""

    def handle_no_permission(self, request, view_func):
        typed = typed_on(request)
        if typed is None:
            return super().handle_no_permission(request, view_func)
        context = {"form": SignInForm(request), "next": "", "typed": typed}
        return render(request, "access/sign_in.html", context, status=401)
