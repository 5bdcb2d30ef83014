from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.menu import requires

from ..models import Registration
from . import actions


@requires("registration.decide")
@require_POST
def link(request, pk):
    registration = get_object_or_404(Registration.objects.open(), pk=pk)
    if actions.link(registration=registration, by=request.user):
        messages.success(
            request,
            _("They are being linked. Should somebody else be linked to that member already, the case comes back."),
        )
    return redirect(reverse("registration:registrations") + "#cases")


@requires("registration.decide")
@require_POST
def refuse(request, pk):
    registration = get_object_or_404(Registration.objects.open(), pk=pk)
    if actions.refuse(registration=registration, by=request.user):
        messages.success(request, _("They are asked for another number or e-mail address."))
    return redirect(reverse("registration:registrations") + "#cases")
