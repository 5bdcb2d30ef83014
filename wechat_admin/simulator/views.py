"""The API's door: what the control page ordered happens here, around the protocol."""

import random
import socket
import time

from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpResponse, JsonResponse

from . import limits, protocol
from .clock import now
from .models import Call, Rule, Setting
from .refusal import Refusal, TooOften

# What a rule or chaos can do to a call.
EFFECTS = {
    "slow": "answer late: wait, then do it and answer",
    "late": "do it at once, answer after a wait",
    "drop": "do nothing and close the connection",
    "drop_after": "do it, then close the connection without an answer",
    "busy": "do nothing, answer −1",
    "busy_after": "do it, answer −1",
    "error": "do nothing, answer this errcode",
    "http500": "do nothing, answer HTTP 500",
    "http": "do nothing, answer this HTTP status",
    "unreadable": "do it, answer what is not JSON",
    "nested": "do it, answer JSON too deep to read",
    "no_errcode": "do it, answer without an errcode",
}
UNREADABLE = {
    "unreadable": "<html>Welcome to the hotel's network. Please accept the terms.</html>",
    "nested": "[" * 100_000 + "]" * 100_000,
    "no_errcode": "{}",
}


def api(request, call):
    if call not in protocol.CALLS:
        raise Http404
    try:
        with limits.in_the_air(call):
            return _answer(request, call)
    except Refusal as refusal:
        return _refuse(request, call, refusal)


def _answer(request, call):
    effect, code, seconds = _ordered(call) or _chaos(call) or ("", 0, 0)
    if effect == "slow":
        time.sleep(seconds)
    if effect == "drop":
        return _hang_up(request)
    if effect in ("http500", "http"):
        return HttpResponse("<html>sorry</html>", status=code if effect == "http" and code else 500)
    if effect in ("busy", "error"):
        return _refuse(request, call, Refusal(-1 if effect == "busy" else code, "ordered by the control page"))
    try:
        limits.check_frequency(call, request.GET)
        result = protocol.answer(call, request.method, request.GET.dict(), request.body)
        result = {"errcode": 0, "errmsg": "ok", **result}
    except Refusal as refusal:
        if isinstance(refusal, TooOften) and refusal.seconds:
            limits.block(call, refusal.seconds)
        result = {"errcode": refusal.code, "errmsg": refusal.text, **refusal.more}
    if effect == "late":
        time.sleep(seconds)
    if effect == "drop_after":
        return _hang_up(request)
    if effect == "busy_after":
        result = {"errcode": -1, "errmsg": "system busy"}
    if effect in UNREADABLE:
        return HttpResponse(UNREADABLE[effect])
    return _json(request, call, result)


def _refuse(request, call, refusal):
    return _json(request, call, {"errcode": refusal.code, "errmsg": refusal.text, **refusal.more})


def _ordered(call):
    rules = Rule.objects.filter(call__in=[call, "*"]).exclude(times=0).order_by("pk")
    if not rules.exists():  # the usual case costs no write lock
        return None
    with transaction.atomic():
        rule = rules.first()
        if rule is None:
            return None
        if rule.times > 0:
            Rule.objects.filter(pk=rule.pk).update(times=F("times") - 1)
    return rule.effect, rule.code, rule.seconds


def _chaos(call):
    """{"calls": "message/send", "seconds": 1.0, "drop": 0.1, …}: each effect with its probability."""
    chaos = Setting.all()["chaos"]
    if chaos.get("calls") != call:
        return None
    dice = random.random()
    for effect in EFFECTS:
        dice -= chaos.get(effect, 0)
        if dice < 0:
            return effect, chaos.get("code", 0), random.uniform(0, chaos.get("seconds", 1))
    return None


def _hang_up(request):
    sock = request.environ.get("gunicorn.socket")
    if sock is not None:
        sock.shutdown(socket.SHUT_RDWR)
    return HttpResponse(status=502)


def _json(request, call, result):
    code = result["errcode"]
    if code:
        hint = f"{time.time_ns()}{random.randrange(10**6):06}"[:25]
        result["errmsg"] = (
            f"{result['errmsg']}, hint: [{hint}], from ip: {request.META['REMOTE_ADDR']}, "
            f"more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
        )
    Call.objects.create(call=call, errcode=code, at=now())
    return JsonResponse(result, json_dumps_params={"ensure_ascii": False})
