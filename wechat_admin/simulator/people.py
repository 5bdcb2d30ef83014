"""`user/*`: who is in the address book, and what each secret may see of them (docs 90195–90202, 95402, 95895, 96067)."""

import hashlib
import re

from django.db import transaction

from . import account, callback, departments, limits
from .models import Member
from .refusal import Refusal
from .writing import writing

USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-@.]{0,63}")
# Digits, + and −; the manual itself writes a blank behind the country code.
MOBILE = re.compile(r"\+?[0-9][0-9+\- ]{4,31}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
TELEPHONE = re.compile(r"[0-9\-+,]{1,32}")
CORPORATE_MAIL, PERSONAL_MAIL = 1, 2

# Fields that are kept as they were given and shown by user/get: name → (longest, code beyond)
DETAILS = {"alias": (64, 40058), "position": (128, 301012), "external_position": (36, 40058)}


def international(mobile):
    """WeCom takes a number without a country code for a Chinese one."""
    digits = re.sub(r"[ \-]", "", mobile)
    return digits if digits.startswith("+") else "+86" + digits


# --- what a person may be ---


def checked(request, *, is_new):
    """The fields of a member as they will stand in the row. Raises Refusal."""
    fields, given = request.fields, {}
    if is_new or "name" in fields:
        given["name"] = request.text("name")
        if not 1 <= len(given["name"]) <= 64:
            raise Refusal(60112, "invalid name")
    if "mobile" in fields:
        given["written"] = request.text("mobile")
        if given["written"] and not MOBILE.fullmatch(given["written"]):
            raise Refusal(60103, "invalid mobile")
        given["mobile"] = international(given["written"]) if given["written"] else ""
    for name, code in (("email", 60105), ("biz_mail", 60143)):
        if name in fields:
            given[name] = request.text(name)
            if given[name] and not is_address(given[name]):
                raise Refusal(code, f"invalid {name}")
    if is_new or "department" in fields:
        given["departments"] = departments.wanted(request)
    if "enable" in fields:
        given["disabled"] = not request.number("enable")
    return given | {"details": _details(request, given.get("departments"))}


def is_address(text):
    return 6 <= len(text.encode()) <= 64 and EMAIL.fullmatch(text)


def _details(request, own_departments):
    """What else may be said of somebody; each is refused in its own code."""
    fields, details = request.fields, {}
    for name, (longest, code) in DETAILS.items():
        if name in fields:
            details[name] = request.text(name)
            if len(details[name]) > longest:
                raise Refusal(code, f"invalid {name}")
    if request.text("telephone") and not TELEPHONE.fullmatch(request.text("telephone")):
        raise Refusal(301013, "invalid telephone")
    for name, code in (("is_leader_in_dept", 60132), ("order", 40058)):
        values = request.numbers(name)
        if values and own_departments is not None and len(values) != len(own_departments):
            raise Refusal(code, f"{name} does not fit department")
        if values:
            details[name] = values
    if len(request.texts("direct_leader")) > 1:
        raise Refusal(60257, "too many direct leaders")
    main = request.number("main_department")
    if main and own_departments is not None and main not in own_departments:
        raise Refusal(60123, "invalid main department")
    return (
        details
        | ({"main_department": main} if main else {})
        | ({"telephone": request.text("telephone")} if "telephone" in fields else {})
    )


def check_unique(given, *, besides=None):
    others = Member.objects.exclude(pk=besides)
    if given.get("mobile") and others.filter(mobile=given["mobile"]).exists():
        raise Refusal(60104, "mobile existed")
    if given.get("email") and others.filter(email__iexact=given["email"]).exists():
        raise Refusal(60106, "email existed")
    if given.get("biz_mail") and others.filter(biz_mail__iexact=given["biz_mail"]).exists():
        raise Refusal(60145, "biz mail existed")


# --- writing ---


def user_create(request):
    request.only_writing()
    userid = request.text("userid")
    if not USERID.fullmatch(userid) or (request.settings["no_at_in_userid"] and "@" in userid):
        raise Refusal(40003, "invalid userid")
    given = checked(request, is_new=True)
    if not given.get("mobile") and not given.get("email"):
        raise Refusal(60129, "missing mobile or email")
    with writing, transaction.atomic():
        if Member.objects.filter(key=userid.lower()).exists():
            raise Refusal(60102, "userid existed")
        check_unique(given)
        if Member.objects.count() >= request.settings["member_limit"]:
            raise Refusal(45024, "the number of members exceeds the limit")
        limits.check_new_account()
        given["departments"], made = departments.found_or_made(request, given["departments"])
        member = Member.objects.create(
            userid=userid,
            key=userid.lower(),
            invitations=1 if request.fields.get("to_invite", True) else 0,
            ours=True,
            **given,
        )
    # doc 90240: an existing member comes into the visible range. It says nothing of following.
    if request.is_in_range(member):
        callback.member_entered_range(userid)
    answer = {"errmsg": "created"}
    return answer | ({"created_department_list": {"department_info": made}} if made else {})


def user_update(request):
    request.only_writing()
    given = checked(request, is_new=False)
    with writing, transaction.atomic():
        member = find(request, request.text("userid"))
        details = member.details | given.pop("details")
        check_unique(given, besides=member.pk)
        # Ignored without an error once the member is active (doc 90197).
        if member.status == Member.ACTIVE:
            given.pop("mobile", None)
            given.pop("written", None)
        if "departments" in given:
            # As doc 90195 says of the same field; that an answer to an update names what was made, nobody says.
            given["departments"], _ = departments.found_or_made(request, given["departments"])
        for name, value in given.items():
            setattr(member, name, value)
        if not member.mobile and not member.email:
            raise Refusal(60129, "missing mobile or email")
        member.details = details
        member.save()
    return {"errmsg": "updated"}


def user_delete(request):
    request.only_writing()
    with writing, transaction.atomic():
        member = find(request, request.query.get("userid"))
        if member.key == account.CREATOR:
            raise Refusal(301005, "can not delete creator")
        was_in_range = request.is_in_range(member)
        member.delete()
    if was_in_range:
        callback.member_left_range(member.userid)
    return {"errmsg": "deleted"}


# --- reading ---


def find(request, userid):
    member = Member.objects.present().filter(key=str(userid or "").lower()).first()
    if member is None or not request.sees(member):
        raise Refusal(60111, "userid not found")
    return member


def user_get(request):
    """doc 90196; since 2022-06-20 an application sees neither number nor address, and the sync nothing at all."""
    settings = request.settings
    if request.kind == account.ADDRESS_BOOK and not settings["old_sync_address"]:
        raise Refusal(48009, "api forbidden for new ip")
    if not request.query.get("userid"):
        raise Refusal(41009, "missing userid")
    member = find(request, request.query["userid"])
    own, details = member.departments, member.details
    if request.kind == account.APPLICATION:
        own = [d for d in own if request.covers([d])]
    answer = {
        "userid": member.userid,
        "name": member.name,
        "department": own,
        "order": details.get("order", [0] * len(own)),
        "position": details.get("position", ""),
        "is_leader_in_dept": details.get("is_leader_in_dept", [0] * len(own)),
        "direct_leader": [],
        "thumb_avatar": "",
        "telephone": details.get("telephone", ""),
        "alias": details.get("alias", ""),
        "extattr": {"attrs": []},
        "status": member.status,
        "external_profile": {},
        "external_position": details.get("external_position", ""),
        "main_department": details.get("main_department", own[0] if own else 0),
    }
    if request.kind == account.APPLICATION and not settings["old_application"]:
        return answer
    withheld = {"mobile": member.written, "email": member.email, "biz_mail": member.biz_mail}
    return answer | withheld | {"gender": "0", "avatar": "", "qr_code": "", "address": ""}


def user_getuserid(request):
    check_looking_up(request)
    mobile = request.text("mobile")
    if not 5 <= len(mobile.encode()) <= 32:
        raise Refusal(60103, "invalid mobile")
    same = {"written": mobile} if request.settings["spelling_matters"] else {"mobile": international(mobile)}
    return looked_up(request, "user/getuserid", same)


def user_get_userid_by_email(request):
    check_looking_up(request)
    email = request.text("email")
    if not is_address(email):
        raise Refusal(60105, "invalid email")
    kind = request.number("email_type", CORPORATE_MAIL)
    if kind not in (CORPORATE_MAIL, PERSONAL_MAIL):
        raise Refusal(40058, "invalid email_type")
    same = {"email__iexact": email} if kind == PERSONAL_MAIL else {"biz_mail__iexact": email}
    return looked_up(request, "user/get_userid_by_email", same)


def check_looking_up(request):
    if request.kind == account.ADDRESS_BOOK and not request.settings["sync_may_look_up"]:
        raise Refusal(48009, "api forbidden for new ip")


def looked_up(request, call, same):
    member = Member.objects.present().filter(**same).first()
    if member is None or not request.sees(member):
        limits.check_lookup(call)
        raise Refusal(46004, "user no exist")
    return {"userid": shown(request, member)}


def shown(request, member):
    return member.key if request.settings["lower_case_userids"] else member.userid


def user_list_id(request):
    request.only(account.ADDRESS_BOOK)
    limit = request.number("limit", 10000)
    if not 1 <= limit <= 10000:
        raise Refusal(40058, "invalid Request Parameter")
    after = request.text("cursor") or "0"
    if not re.fullmatch(r"[0-9]{1,18}", after):
        raise Refusal(50100, "invalid cursor")
    members = list(Member.objects.present().filter(pk__gt=int(after)).order_by("pk")[:limit])
    rows = [{"userid": shown(request, m), "department": d} for m in members for d in m.departments]
    return {"dept_user": rows, "next_cursor": str(members[-1].pk) if len(members) == limit else ""}


def user_convert_to_openid(request):
    member = find(request, request.text("userid"))
    if not member.follows:
        raise Refusal(43004, "require subscribe")
    return {"openid": "o" + hashlib.sha256(member.key.encode()).hexdigest()[:27]}
