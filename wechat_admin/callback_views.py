"""The one address that WeCom itself calls."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.addresses import on_families_site

from . import callback
from .models import EnterpriseAccount
from .wecom.envelope import BadEnvelope


@login_not_required
@on_families_site
@csrf_exempt
@require_http_methods(["GET", "POST"])
def callback_from_wecom(request):
    account = EnterpriseAccount.objects.the()
    try:
        if request.method == "GET":
            return HttpResponse(callback.verify(account, request.GET), content_type="text/plain")
        if int(request.headers.get("Content-Length") or 0) > callback.LARGEST_BODY:
            raise BadEnvelope("size")
        callback.receive(account, request.GET, request.body)
    except BadEnvelope as bad:
        callback.count_refusal(str(bad))
        return HttpResponse(status=403)
    return HttpResponse()
