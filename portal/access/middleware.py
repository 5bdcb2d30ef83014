from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal.again import typed_on
from portal.audit.actions import record

from . import viewing
from .forms import SignInForm
from .models import Viewing

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
REFUSAL = _("You are viewing as %(name)s. Only %(name)s can do this.")


class Impersonation:
    """Shows an administrator the portal as somebody else sees it, and refuses to change anything meanwhile.

    The session stays the administrator's. Who they are, that they still hold the option, that the other person still may
    be viewed and that the time is not over is looked up again on every request. `request.real_user` is the
    administrator, or None. Once it is over, the first request is refused and says so, whatever it was.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.real_user = request.viewing = request.viewing_over = None
        if viewing.SESSION_KEY in request.session:
            self._view_as(request)
        return self.get_response(request)

    def _view_as(self, request):
        if not request.user.is_authenticated:
            # Asking who signed in may itself have ended the session: their password was changed elsewhere.
            request.session.pop(viewing.SESSION_KEY, None)
        elif found := viewing.of(request.session, request.user):
            request.viewing, request.real_user, request.user = found, request.user, found.user
        else:
            request.viewing_over = self._end(request)

    def _end(self, request):
        ended = Viewing.objects.select_related("by", "user__person").get(pk=request.session[viewing.SESSION_KEY])
        is_over = Viewing.objects.overdue().filter(pk=ended.pk).exists()
        viewing.end(ended, Viewing.Ended.OVER if is_over else Viewing.Ended.NOT_ALLOWED)
        viewing.leave(request)
        return ended

    def process_view(self, request, view, args, kwargs):
        if request.viewing_over:
            return render(request, "access/viewing_over.html", {"viewed": request.viewing_over.user}, status=403)
        if request.real_user is None or request.method in SAFE_METHODS:
            return None
        if not getattr(view, "allowed_while_impersonating", False):
            record(
                gettext_noop("was refused while viewing as somebody else"),
                by=request.real_user,
                subject=request.resolver_match.view_name,
                on_behalf_of=request.user,
            )
            sentence = getattr(view, "impersonation_refusal", REFUSAL)
            raise PermissionDenied(sentence % {"name": request.user})
        return None


class SignInRequired(LoginRequiredMiddleware):
    """Whoever is not signed in is asked to; what they had typed by the time their session ended comes along."""

    def handle_no_permission(self, request, view_func):
        typed = typed_on(request)
        if typed is None:
            return super().handle_no_permission(request, view_func)
        context = {"form": SignInForm(request), "next": "", "typed": typed}
        return render(request, "access/sign_in.html", context, status=401)
