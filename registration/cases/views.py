from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.menu import requires
from portal.seals import CHANGED, unseal

from ..models import Registration
from . import actions
from .causes import SHOWN


def _deciding(decide, done, option="registration.decide"):
    """The address of one decision about a case, carried out only on what its page showed."""

    @requires(option)
    @require_POST
    def view(request, pk):
        registration = get_object_or_404(Registration, pk=pk)
        try:
            decide(registration=registration, shown=unseal(request.POST.get("shown", ""), SHOWN), by=request.user)
        except actions.CaseChanged:
            messages.warning(request, CHANGED)
        else:
            messages.success(request, done)
        return redirect(reverse("registration:registrations") + "#cases")

    return view


link = _deciding(
    actions.link,
    gettext_lazy("They go on with this number. Should WeCom have it for somebody else, the case comes back."),
)
hand_over = _deciding(
    actions.hand_over, gettext_lazy("The other registration has ended, and they go on with this number.")
)
refuse = _deciding(actions.refuse, gettext_lazy("They are asked for another number or e-mail address."))
end = _deciding(
    actions.end, gettext_lazy("Their registration has ended. They can register again with a number of their own.")
)
settle = _deciding(
    actions.settle,
    gettext_lazy("It is settled. Should still nothing come, they can say so again."),
    option="registration.view",
)
