from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext_noop, ngettext

from portal.audit.looking import shows_names
from portal.menu import requires
from portal.seals import seal, unseal
from wechat_admin.models import EnterpriseAccount

from ..models import Registration
from . import actions

MOST_SHOWN = 500
_SHOWN = "the members to remove that were shown"


@requires("registration.remove_members")
@shows_names(gettext_noop("looked at members to remove"))
def members_to_remove(request):
    """The list; the first press asks, the second does it, to whom was shown."""
    account = EnterpriseAccount.objects.the()
    shown = unseal(request.POST.get("shown", ""), _SHOWN) if "confirmed" in request.POST else None
    if shown is not None:
        return _removing(request, actions.remove_members(account=account, shown=shown, by=request.user))
    rows = list(Registration.objects.to_remove(account).select_related("person")[: MOST_SHOWN + 1])
    has_more, rows = len(rows) > MOST_SHOWN, rows[:MOST_SHOWN]
    context = {"rows": rows, "shown": seal([row.pk for row in rows], _SHOWN), "asks": request.method == "POST"}
    context["has_more"] = has_more
    return render(request, "registration/members_to_remove.html", context)


def _removing(request, number):
    said = ngettext(
        "%(number)s member is being removed at WeCom.", "%(number)s members are being removed at WeCom.", number
    )
    messages.success(request, said % {"number": number})
    return redirect("registration:members-to-remove")
