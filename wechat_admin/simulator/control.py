"""The control page: what the next calls meet, and what the tests and the demo ask and tell."""

from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from . import account, callback, protocol
from .models import AccessToken, Call, Department, InboxEntry, Media, Member, Remembered, Rule, Setting
from .views import EFFECTS

SWITCHES = {
    "trusted_ip": "Our address is trusted (off: 60020)",
    "application_enabled": "The application is switched on (off: 50003)",
    "sync_read_only": "The address book sync may only read (on: 48008)",
    "email_matches": "WeChat finds a member by an e-mail address too (unconfirmed)",
    "repeat_lists_invalid": "A swallowed repeat lists invaliduser again",
}


def page(request):
    settings = Setting.all()
    context = {
        "rules": Rule.objects.exclude(times=0),
        "calls": sorted(protocol.CALLS),
        "effects": EFFECTS.items(),
        "switches": [(name, label, settings[name]) for name, label in SWITCHES.items()],
        "settings": settings,
        "departments": Department.objects.order_by("pk"),
        "answer": request.GET.get("answer", ""),
        "recent": Call.objects.order_by("-pk")[:30],
    }
    return render(request, "simulator/control.html", context)


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


@require_POST
def switch(request):
    name = request.POST.get("name")
    if name not in SWITCHES:
        return HttpResponseBadRequest("unknown switch")
    Setting.set(name, request.POST.get("on") == "1")
    return redirect("control")


@require_POST
def visible_range(request):
    Setting.set("visible_departments", [int(d) for d in request.POST.getlist("department")])
    Setting.set("visible_tags", [int(t) for t in request.POST.getlist("tag")])
    return redirect("control")


@require_POST
def member_limit(request):
    Setting.set("member_limit", int(request.POST["limit"]))
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
    for model in (InboxEntry, Media, Member, Department, AccessToken, Remembered, Rule, Setting, Call):
        model.objects.all().delete()
    return redirect("control")


@require_POST
def add_member(request):
    """A member somebody typed into the console, before the portal or beside it."""
    post = request.POST
    mobile = protocol.international(post["mobile"]) if post.get("mobile") else ""
    Member.objects.update_or_create(
        key=post["userid"].lower(),
        defaults={
            "userid": post["userid"],
            "name": post.get("name") or post["userid"],
            "mobile": mobile,
            "email": post.get("email", ""),
            "departments": [int(post.get("department") or 1)],
            "status": int(post.get("status") or Member.NOT_ACTIVATED),
        },
    )
    return redirect("members")


@require_POST
def add_department(request):
    """A department somebody typed into the console."""
    post = request.POST
    Department.objects.create(id=int(post["id"]), name=post["name"], parent=int(post.get("parent") or 1))
    return redirect("control")


@require_POST
def remove_department(request, number):
    Department.objects.filter(pk=number).delete()
    return redirect("control")


@require_POST
def set_status(request, userid):
    Member.objects.filter(key=userid.lower()).update(status=int(request.POST["status"]))
    return redirect("members")


def state(request):
    """Everything a test asks: members, how often each text lies in each inbox, calls by code."""
    inbox = {}
    for userid, text, count in InboxEntry.objects.values_list("member__userid", "text").annotate(Count("pk")):
        inbox.setdefault(userid, {})[text] = count
    members = {
        m.userid: {
            "name": m.name,
            "mobile": m.mobile,
            "email": m.email,
            "departments": m.departments,
            "status": m.status,
            "invitations": m.invitations,
            "ours": m.ours,
        }
        for m in Member.objects.all()
    }
    calls = {}
    for call, errcode, count in Call.objects.values_list("call", "errcode").annotate(Count("pk")):
        calls.setdefault(call, {})[errcode] = count
    departments = dict(Department.objects.values_list("id", "name"))
    return JsonResponse({"members": members, "inbox": inbox, "calls": calls, "departments": departments})


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
