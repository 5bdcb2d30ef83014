"""The phones: one per mobile number. A phone scans the school's code, is matched by its number, follows, reads."""

import io
from datetime import datetime
from email import policy
from email.parser import BytesParser

import qrcode
from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from . import account, callback, people
from .models import InboxEntry, Media, Member, Setting

FOLLOW_PATH = "/follow/wx-plugin-5c4001516a"


def home(request):
    context = {
        "account": account,
        "members": Member.objects.count(),
        "active": Member.objects.exclude(in_wecom=False, follows=False).count(),
        "messages": InboxEntry.objects.count(),
    }
    return render(request, "simulator/home.html", context)


def members(request):
    text = request.GET.get("q", "").strip()
    listed = Member.objects.annotate(messages=Count("inbox")).order_by("-pk")
    if text:
        listed = listed.filter(name__icontains=text) | listed.filter(mobile__contains=text.replace(" ", ""))
    return render(
        request, "simulator/members.html", {"members": listed[:100], "text": text, "total": Member.objects.count()}
    )


def qr_png(request):
    """The school's code, as the console's 微信插件 page would offer it for download."""
    data = io.BytesIO()
    qrcode.make(request.build_absolute_uri(FOLLOW_PATH), box_size=12).save(data, "PNG")
    return HttpResponse(data.getvalue(), content_type="image/png")


def follow_page(request, code):
    """Where the school's code leads. In the real world WeChat opens here and knows whose phone it is."""
    waiting = Member.objects.waiting().order_by("-pk")[:8]
    return render(request, "simulator/follow.html", {"account": account, "waiting": waiting})


def identity(text):
    """What a WeChat account is known by: its number, or an e-mail address bound to it."""
    text = text.strip()
    return text.lower() if "@" in text else people.international(text)


def member_of(known_by):
    """Whether WeChat matches by e-mail today is unconfirmed: a switch of the control page decides."""
    if "@" not in known_by:
        return Member.objects.filter(mobile=known_by).first()
    if not Setting.all()["email_matches"]:
        return None
    return Member.objects.filter(email__iexact=known_by).first()


# What WeChat says to whoever scanned the code: {answer of `follow`: words}.
NOTES = {
    "unknown": "WeChat does not know {number} at {company}. It offers to apply to join (申请加入).",
    "barred": "This member is disabled or has left.",
    "followed": "You follow {company} now.",
}


def phone(request, number):
    member = member_of(identity(number))
    entries = list(member.inbox.order_by("pk")) if member else []
    names = dict(Media.objects.values_list("media_id", "name"))
    shown = [
        {"at": datetime.fromtimestamp(e.at), "entry": e, "file": names.get(e.content.get("media_id"), "")}
        for e in entries
    ]
    context = {
        "number": number,
        "member": member,
        "entries": shown,
        "account": account,
        "note": NOTES.get(request.GET.get("answer"), "").format(number=number, company=account.COMPANY),
    }
    return render(request, "simulator/phone.html", context)


def media(request, media_id):
    """A file that was sent, as the phone opens it."""
    found = Media.objects.filter(media_id=media_id).first()
    if found is None:
        raise Http404
    kind = {"image": "image/png" if bytes(found.data[:4]) == b"\x89PNG" else "image/jpeg", "video": "video/mp4"}
    return HttpResponse(bytes(found.data), content_type=kind.get(found.kind, "application/octet-stream"))


def open_phone(request):
    number = request.GET.get("number", "").replace(" ", "")
    if not number:
        return redirect("home")
    return redirect("phone", identity(number))


@require_POST
def scan(request):
    """This phone scans the school's code and presses "follow"."""
    number = identity(request.POST.get("number", ""))
    answer = follow(number)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"answer": answer})
    return redirect(f"/phone/{number}/?answer={answer}")


@require_POST
def write(request):
    """This phone writes to the school's account."""
    number = identity(request.POST.get("number", ""))
    member = member_of(number)
    if member and member.is_active:
        callback.member_wrote(member.userid, request.POST.get("text", ""))
    return redirect("phone", number)


def follow(number):
    member = member_of(number)
    if member is None:
        return "unknown"
    if member.disabled or member.left:
        return "barred"
    Member.objects.filter(pk=member.pk).update(follows=True)
    return "followed"


def mail(request):
    files = sorted(settings.MAIL_DIR.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    return render(
        request, "simulator/mail.html", {"letters": [_letter(file) for file in files[:100]], "total": len(files)}
    )


def one_mail(request, name):
    file = settings.MAIL_DIR / name
    if file.parent != settings.MAIL_DIR or not file.is_file():
        raise Http404
    return render(request, "simulator/one_mail.html", {"letter": _letter(file)})


def _letter(file):
    # Django's file backend ends each message with a line of dashes.
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes().rsplit(b"-" * 79, 1)[0])
    body = message.get_body(("plain",))
    return {
        "name": file.name,
        "to": message["To"],
        "subject": message["Subject"],
        "date": message["Date"],
        "body": body.get_content() if body else "",
    }


def style(request):
    return render(request, "simulator/style.css", content_type="text/css")
