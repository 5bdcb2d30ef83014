"""The control page: what the next calls meet, and what the tests and the demo ask and tell."""

from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from . import account, callback, clock, limits, protocol, tokens
from .models import AccessToken, Call, Department, InboxEntry, Lost, Media, Member, Rule, Sent, Setting
from .switches import SWITCHES
from .views import EFFECTS


def page(request):
    settings = Setting.all()
    context = {
        "rules": Rule.objects.exclude(times=0),
        "calls": sorted(protocol.CALLS),
        "effects": EFFECTS.items(),
        "switches": [(name, switch.label, settings[name]) for name, switch in SWITCHES.items()],
        "limits": [(name, one.label, limits.limit(name)) for name, one in limits.LIMITS.items()],
        "settings": settings,
        "departments": Department.objects.order_by("pk"),
        "answer": request.GET.get("answer", ""),
        "recent": Call.objects.order_by("-pk")[:30],
    }
    return render(request, "simulator/control.html", context)


# --- what happens to calls ---


@require_POST
def rule(request):
    post = request.POST
    if post.get("effect") not in EFFECTS:
        return HttpResponseBadRequest("unknown effect")
    try:
        Rule.objects.create(
            call=post.get("call", "*"),
            effect=post["effect"],
            code=int(post.get("code") or 0),
            seconds=float(post.get("seconds") or 0),
            times=int(post.get("times") or 1),
        )
    except ValueError:
        return HttpResponseBadRequest("code, seconds and times are numbers")
    return redirect("control")


@require_POST
def clear(request):
    Rule.objects.all().delete()
    Setting.set("chaos", {})
    return redirect("control")


@require_POST
def chaos(request):
    values = {name: value if name == "calls" else float(value) for name, value in request.POST.items()}
    Setting.set("chaos", values)
    return redirect("control")


# --- how WeCom is ---


@require_POST
def switch(request):
    name = request.POST.get("name")
    if name not in SWITCHES:
        return HttpResponseBadRequest("unknown switch")
    Setting.set(name, request.POST.get("on") == "1")
    return redirect("control")


@require_POST
def limit(request):
    """name=number, as many as there are; without a number there is no such limit."""
    given = {name: value.strip() for name, value in request.POST.items()}
    if not given.keys() <= limits.LIMITS.keys() or not all(v.isdigit() for v in given.values() if v):
        return HttpResponseBadRequest("names of limits, and numbers")
    kept = {name: number for name, number in Setting.all()["limits"].items() if name not in given}
    Setting.set("limits", kept | {name: int(value) for name, value in given.items() if value})
    return redirect("control")


@require_POST
def no_limits(request):
    Setting.set("limits", {})
    Setting.set("blocks", {})
    return redirect("control")


@require_POST
def block(request):
    """The call answers 45009 for so many seconds; without a call, no block stands any more."""
    if "call" not in request.POST:
        Setting.set("blocks", {})
    elif request.POST["call"] not in protocol.CALLS:
        return HttpResponseBadRequest("unknown call")
    else:
        limits.block(request.POST["call"], float(request.POST["seconds"]))
    return redirect("control")


@require_POST
def member_limit(request):
    Setting.set("member_limit", int(request.POST["limit"]))
    return redirect("control")


# --- time ---


@require_POST
def later(request):
    clock.move(float(request.POST["seconds"]))
    return redirect("control")


@require_POST
def speed(request):
    clock.run_at(float(request.POST["times"]))
    return redirect("control")


@require_POST
def kill_tokens(request):
    post = request.POST
    tokens.kill(
        code=int(post.get("code") or 42001),
        seconds=float(post.get("seconds") or tokens.FOR_EVER),
        same_again=post.get("same_again") == "1",
    )
    return redirect("control")


@require_POST
def expire_tokens(request):
    AccessToken.objects.update(expires_at=0)
    return redirect("control")


@require_POST
def expire_media(request):
    Media.objects.update(until=0)
    return redirect("control")


@require_POST
def set_callback(request):
    post = request.POST
    answer = callback.set_up(post.get("url", ""), post.get("token", ""), post.get("aes_key", ""))
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"answer": answer})
    return redirect("/control/?" + urlencode({"answer": answer}))


@require_POST
def reset(request):
    """Forget everything; strict=1: and be as hard to a caller as the documents allow."""
    for model in (InboxEntry, Lost, Media, Member, Department, AccessToken, Sent, Rule, Call):
        model.objects.all().delete()
    Setting.forget_all()
    limits.forget()
    if request.POST.get("strict") == "1":
        for name, switch in SWITCHES.items():
            if switch.strict is not None:
                Setting.set(name, switch.strict)
        Setting.set("limits", {name: one.strict for name, one in limits.LIMITS.items() if one.strict is not None})
    return redirect("control")


# --- asked by tests ---


def state(request):
    """Everything a test asks: members, how often each text lies in each inbox, calls by code."""
    members = {
        m.userid: {
            "name": m.name,
            "mobile": m.mobile,
            "written": m.written,
            "email": m.email,
            "departments": m.departments,
            "status": m.status,
            "in_wecom": m.in_wecom,
            "follows": m.follows,
            "invitations": m.invitations,
            "ours": m.ours,
        }
        for m in Member.objects.all()
    }
    calls = {}
    for call, errcode, count in Call.objects.values_list("call", "errcode").annotate(Count("pk")):
        calls.setdefault(call, {})[errcode] = count
    lost = {}
    for userid, why in Lost.objects.values_list("userid", "why"):
        lost.setdefault(userid, []).append(why)
    return JsonResponse(
        {
            "members": members,
            "inbox": _texts(InboxEntry.objects.all()),
            "cut": _texts(InboxEntry.objects.filter(was_cut=True)),
            "lost": lost,
            "calls": calls,
            "at_once": limits.highest,
            "departments": dict(Department.objects.values_list("id", "name")),
            "parents": dict(Department.objects.values_list("id", "parent")),
            "blocks": {call: until - clock.now() for call, until in Setting.all()["blocks"].items()},
        }
    )


def _texts(entries):
    """{userid: {text: how often}}"""
    texts = {}
    for userid, text, count in entries.values_list("member__userid", "text").annotate(Count("pk")):
        texts.setdefault(userid, {})[text] = count
    return texts


def account_values(request):
    """The values to link a portal with."""
    return JsonResponse(
        {
            "corporation_id": account.CORPORATION_ID,
            "application_secret": account.APPLICATION_SECRET,
            "application_agent_id": account.APPLICATION_AGENT_ID,
            "address_book_sync_secret": account.ADDRESS_BOOK_SECRET,
            "qr_code": request.build_absolute_uri("/qr.png"),
        }
    )
