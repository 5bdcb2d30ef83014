"""The one address that WeCom itself calls, and what an administrator sees of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from portal.addresses import Site, absolute, on_families_site
from portal.fresh_proof import asks_for_proof
from portal.menu import requires
from portal.seals import CHANGED

from ..models import CallbackEvent, EnterpriseAccount
from ..wecom.envelope import BadEnvelope
from . import actions, receiving

_JUST_MADE = "callback keys just made"
_ANEW = "anew"  # says the button of a page that knows of a token and key


@login_not_required
@on_families_site
@csrf_exempt
@require_http_methods(["GET", "POST"])
def callback_from_wecom(request):
    account = EnterpriseAccount.objects.the()
    try:
        if request.method == "GET":
            return HttpResponse(receiving.verify(account, request.GET), content_type="text/plain")
        receiving.receive(account, request.GET, request.body)
    except BadEnvelope as bad:
        receiving.count_refusal(str(bad))
        return HttpResponse(status=403)
    return HttpResponse()


def callback_context(request):
    """The token and the key are shown once, on the page after they were made."""
    return {
        "shows_callback_keys": request.session.pop(_JUST_MADE, False),
        "callback_address": absolute(Site.FAMILIES, reverse("wechat-callback")),
        "messages_received": CallbackEvent.objects.filter(kind=receiving.MESSAGE).count(),
        "callbacks_refused": receiving.refused_lately(),
        "reply_text": receiving.reply_text(),
    }


@requires("wechat_admin.change_account")
@require_POST
@asks_for_proof()
def set_up_callback(request):
    if not actions.set_up_callback(anew=request.POST.get("shown") == _ANEW, by=request.user):
        messages.warning(request, CHANGED)
        return redirect(reverse("wechat-administration") + "#callback")
    request.session[_JUST_MADE] = True
    messages.success(
        request, _("There are a new token and key. Copy them into the WeCom console now: they are shown once.")
    )
    return redirect(reverse("wechat-administration") + "#callback")
