from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.menu import requires
from portal.people.models import User

from .actions import AccessRefused
from .addresses import take_new_address


@require_POST
def take_own(request):
    _take(request, request.user)
    return redirect("my-details")


@requires("access.manage_profiles")
@require_POST
def take_of(request, pk):
    user = get_object_or_404(User.objects.exclude(person=None).select_related("person"), pk=pk)
    _take(request, user)
    return redirect("person", user.person.pk)


def _take(request, user):
    try:
        take_new_address(user=user, shown=request.POST.get("shown", ""), by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The new address counts for signing in from now on."))
