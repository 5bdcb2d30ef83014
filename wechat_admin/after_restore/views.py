import uuid
from contextlib import suppress

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.fresh_proof import asks_for_proof
from portal.ledger.models import Mark
from portal.ledger.open_work import all_open
from portal.menu import requires

from . import actions


@requires("wechat_admin.view_account")
@never_cache
def after_restore(request):
    """What is open, and what of it may have gone already."""
    context = {
        "mark": Mark.objects.the(),
        "works": all_open(),
        "may_change": request.user.has_perm("wechat_admin.change_account"),
    }
    return render(request, "wechat_admin/after_restore.html", context)


@requires("wechat_admin.change_account")
@require_POST
@asks_for_proof()
def release(request):
    released = False
    with suppress(ValueError):
        released = actions.release(name=uuid.UUID(request.POST.get("name", "")), by=request.user)
    if released:
        messages.success(request, _("Released, with your name. Sending goes on."))
    else:
        messages.error(request, _("Nothing was released: this page was out of date. It shows how it stands now."))
    return redirect("after-restore")
