"""Asking the administrators for what helps those whom a message does not reach, and one may not do oneself."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.audit.actions import record
from portal.menu import requires
from portal.notices.looking import look_soon

from ..models import Asking, Message
from ..notices import ASKED
from .remedies import REMEDIES


@requires("messaging.write", "messaging.approve")
@require_POST
def ask(request, pk, about):
    message = get_object_or_404(Message.objects.listed().to_look_at(request.user), pk=pk)
    if about != Asking.PUPILS and about not in REMEDIES:
        raise Http404
    ask_administrators(message=message, about=about, by=request.user)
    messages.success(request, _("The System Administrators are told. They find exactly these people by one press."))
    return redirect("messaging:pupils" if about == Asking.PUPILS else "messaging:message", pk)


@transaction.atomic
def ask_administrators(*, message, about, by):
    """Pressed twice they are asked once."""
    _asking, is_new = Asking.objects.get_or_create(message=message, about=about, defaults={"asked_by": by})
    if is_new:
        record(gettext_noop("asked the administrators for help"), by=by, subject=message, about=about)
        look_soon(ASKED)
