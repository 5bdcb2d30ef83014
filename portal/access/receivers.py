from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from portal import fresh_proof
from portal.crypto import kept_elsewhere

from .devices import begin
from .factors.authenticators import close_anew
from .models import OpenSession
from .sessions import What, browser_of, name_of, note


@receiver(user_logged_in)
def begins(sender, request, user, **kwargs):
    if not getattr(request, "comes_by_code", False):
        fresh_proof.note(request.session)
    if not request.session.session_key:
        request.session.save()
    begin(request.session)
    defaults = {"user": user, "browser": browser_of(request), "name": name_of(request)}
    OpenSession.objects.update_or_create(session_id=request.session.session_key, defaults=defaults)
    note(request, user, What.BY_CODE if getattr(request, "comes_by_code", False) else What.SIGNED_IN)


@receiver(user_logged_out)
def ends(sender, request, user, **kwargs):
    if user is not None and user.is_authenticated:
        note(request, user, What.SIGNED_OUT)


kept_elsewhere(close_anew)
