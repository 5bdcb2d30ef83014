"""The buttons by which a report is shared, and no longer."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.menu import requires
from portal.reading import read_id

from .shares import colleagues, end, share
from .views import message_or_404


@requires("messaging.write")
@require_POST
def share_report(request, pk):
    shown = message_or_404(request, pk)
    user = colleagues(shown).filter(pk=read_id(request.POST.get("user"))).first()
    if user is None:
        messages.error(request, _("Choose with whom: a colleague who may write messages."))
    else:
        share(message=shown, user=user, by=request.user)
        messages.success(request, _("%(name)s finds this report among the messages sent.") % {"name": user})
    return redirect(shown)


@requires("messaging.write")
@require_POST
def end_share(request, pk, user_pk):
    shown = message_or_404(request, pk)
    end(message=shown, user_pk=user_pk, by=request.user)
    return redirect(shown)
