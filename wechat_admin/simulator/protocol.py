"""The documented calls: who may make them, what they check, in which code they refuse."""

import hashlib
import json
import re
import secrets
import threading
import time

from django.db import IntegrityError, transaction

from . import account, callback, material
from .models import AccessToken, Department, InboxEntry, Member, Remembered, Setting
from .refusal import Refusal

USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-@.]{0,63}")
MOBILE = re.compile(r"\+?[0-9][0-9+\- ]{4,31}")
MOST_RECIPIENTS, MOST_BYTES = 1000, 2048
PER_MINUTE, PER_HOUR = 30, 1000

# One at a time: two identical messages at the same instant must not both get through.
sending = threading.Lock()


class Request:
    def __init__(self, query, body, kind):
        self.query, self.raw, self.kind, self.settings = query, body, kind, Setting.all()
        self.departments = account.DEPARTMENTS | dict(Department.objects.values_list("id", "parent"))
        tagged = {d for tag in self.settings["visible_tags"] for d in account.TAGS.get(tag, [])}
        self.covered = {*self.settings["visible_departments"], *tagged}

    @property
    def fields(self):
        try:
            fields = json.loads(self.raw)
        except ValueError:
            raise Refusal(40058, "invalid Request Parameter") from None
        if not isinstance(fields, dict):
            raise Refusal(40058, "invalid Request Parameter")
        return fields

    def only(self, kind):
        if self.kind != kind:
            raise Refusal(48002, "api forbidden")

    def visible(self, member):
        """Whether the application sees this member; the address book secret sees everybody."""
        if self.kind == account.ADDRESS_BOOK:
            return True
        return self.covers(member.departments)

    def covers(self, departments):
        return any(ancestor in self.covered for d in departments for ancestor in self.up(d))

    def up(self, department):
        while department:
            yield department
            department = self.departments.get(department, 0)


def international(mobile):
    """WeCom takes a number without a country code for a Chinese one."""
    digits = re.sub(r"[ \-]", "", mobile)
    return digits if digits.startswith("+") else "+86" + digits


# --- calls ---


def gettoken(request):
    corpid, secret = request.query.get("corpid", ""), request.query.get("corpsecret", "")
    if not corpid:
        raise Refusal(41002, "corpid missing")
    if not secret:
        raise Refusal(41004, "corpsecret missing")
    if corpid != account.CORPORATION_ID:
        raise Refusal(40013, "invalid corpid")
    if secret not in account.SECRETS:
        raise Refusal(40001, "invalid credential")
    if account.SECRETS[secret] == account.APPLICATION and not request.settings["application_enabled"]:
        raise Refusal(50003, "app disabled")
    token = AccessToken.objects.create(
        token=secrets.token_urlsafe(48), kind=account.SECRETS[secret], expires_at=time.time() + 7200
    )
    return {"access_token": token.token, "expires_in": 7200}


def agent_get(request):
    request.only(account.APPLICATION)
    check_agent(request.query.get("agentid"))
    return {
        "agentid": account.APPLICATION_AGENT_ID,
        "name": account.APPLICATION_NAME,
        "description": "Messages of the school",
        "allow_userinfos": {"user": []},
        "allow_partys": {"partyid": request.settings["visible_departments"]},
        "allow_tags": {"tagid": request.settings["visible_tags"]},
        "close": 0,
        "redirect_domain": "",
        "report_location_flag": 0,
        "isreportenter": 0,
        "home_url": "",
    }


def check_agent(agent):
    if not re.fullmatch(r"\d+", str(agent)):
        raise Refusal(40056, "invalid agentid")
    if int(agent) != account.APPLICATION_AGENT_ID:
        raise Refusal(301002, "not allow operate another agent with this accesstoken")


def department_simplelist(request):
    visible = request.departments.items()
    if request.kind == account.APPLICATION:
        visible = [(d, p) for d, p in visible if request.covers([d])]
    return {"department_id": [{"id": d, "parentid": p, "order": 100000000} for d, p in visible]}


def department_create(request):
    check_writing(request)
    fields = request.fields
    name, parent, number = fields.get("name"), fields.get("parentid"), fields.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= 64 or re.search(r'[\\:*?"<>|]', name):
        raise Refusal(60009, "invalid department name")
    if parent not in request.departments:
        raise Refusal(60004, "invalid parent id")
    with sending, transaction.atomic():
        if number is None:
            number = max(request.departments) + 1
        if not isinstance(number, int) or not 1 < number < 2**31:
            raise Refusal(60123, "invalid department id")
        if (
            number in request.departments
            or name in account.DEPARTMENT_NAMES
            or Department.objects.filter(name=name).exists()
        ):
            raise Refusal(60008, "department existed")
        Department.objects.create(id=number, name=name, parent=parent)
    return {"errmsg": "created", "id": number}


def tag_get(request):
    tag = request.query.get("tagid", "")
    if not tag.isdigit() or int(tag) not in account.TAGS:
        raise Refusal(40068, "invalid tagid")
    return {"tagname": f"Tag {tag}", "userlist": [], "partylist": account.TAGS[int(tag)]}


def check_writing(request):
    request.only(account.ADDRESS_BOOK)
    if request.settings["sync_read_only"]:
        raise Refusal(48008, "api edit right not authorized")


def check_person(fields, tree, *, is_new):
    if is_new or "name" in fields:
        if not isinstance(fields.get("name"), str) or not 1 <= len(fields["name"]) <= 64:
            raise Refusal(60112, "invalid name")
    mobile, email = fields.get("mobile", ""), fields.get("email", "")
    if is_new and not mobile and not email:
        raise Refusal(60129, "missing mobile or email")
    if mobile and not MOBILE.fullmatch(mobile):
        raise Refusal(60103, "invalid mobile")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Refusal(60105, "invalid email")
    if is_new or "department" in fields:
        departments = fields.get("department")
        if not isinstance(departments, list) or not departments or len(departments) > 100:
            raise Refusal(40066, "invalid department list")
        if not set(departments) <= tree.keys():
            raise Refusal(60123, "invalid department id")


def check_unique(mobile, email, *, besides=None):
    others = Member.objects.exclude(pk=besides)
    if mobile and others.filter(mobile=mobile).exists():
        raise Refusal(60104, "mobile existed")
    if email and others.filter(email__iexact=email).exists():
        raise Refusal(60106, "email existed")


def user_create(request):
    check_writing(request)
    fields = request.fields
    userid = fields.get("userid")
    if not isinstance(userid, str) or not USERID.fullmatch(userid):
        raise Refusal(40003, "invalid userid")
    check_person(fields, request.departments, is_new=True)
    mobile = international(fields["mobile"]) if fields.get("mobile") else ""
    with sending, transaction.atomic():
        if Member.objects.filter(key=userid.lower()).exists():
            raise Refusal(60102, "userid existed")
        check_unique(mobile, fields.get("email", ""))
        if Member.objects.count() >= request.settings["member_limit"]:
            raise Refusal(45024, "the number of members exceeds the limit")
        Member.objects.create(
            userid=userid,
            key=userid.lower(),
            name=fields["name"],
            mobile=mobile,
            email=fields.get("email", ""),
            departments=fields["department"],
            invitations=1 if fields.get("to_invite", True) else 0,
            ours=True,
        )
    # doc 90240: an existing member comes into the visible range. It says nothing of following.
    if request.covers(fields["department"]):
        callback.member_entered_range(userid)
    return {"errmsg": "created"}


def find(request, userid):
    member = Member.objects.filter(key=str(userid).lower()).first()
    if member is None or member.status == Member.LEFT or not request.visible(member):
        raise Refusal(60111, "userid not found")
    return member


def user_update(request):
    check_writing(request)
    fields = request.fields
    with sending, transaction.atomic():
        member = find(request, fields.get("userid"))
        check_person(fields, request.departments, is_new=False)
        mobile = international(fields["mobile"]) if fields.get("mobile") else ""
        check_unique(mobile, fields.get("email", ""), besides=member.pk)
        # Ignored without an error once the member is active (doc 90197).
        if mobile and member.status != Member.ACTIVE:
            member.mobile = mobile
        if "email" in fields:
            member.email = fields["email"]
        member.name = fields.get("name", member.name)
        member.departments = fields.get("department", member.departments)
        member.save()
    return {"errmsg": "updated"}


def user_get(request):
    if request.kind == account.ADDRESS_BOOK:
        raise Refusal(48009, "api forbidden for new ip")
    member = find(request, request.query.get("userid"))
    # An application made after 2022-06-20: no mobile, no e-mail.
    return {
        "userid": member.userid,
        "name": member.name,
        "department": member.departments,
        "status": member.status,
        "isleader": 0,
    }


def user_getuserid(request):
    mobile = request.fields.get("mobile") or ""
    member = Member.objects.filter(mobile=international(mobile)).exclude(status=Member.LEFT).first()
    if not mobile or member is None or not request.visible(member):
        raise Refusal(46004, "user no exist")
    return {"userid": member.userid}


def user_get_userid_by_email(request):
    email = request.fields.get("email") or ""
    member = Member.objects.filter(email__iexact=email).exclude(status=Member.LEFT).first()
    if not email or member is None or not request.visible(member):
        raise Refusal(46004, "user no exist")
    return {"userid": member.userid}


def user_list_id(request):
    request.only(account.ADDRESS_BOOK)
    fields = request.fields
    limit = fields.get("limit", 10000)
    if not isinstance(limit, int) or not 1 <= limit <= 10000:
        raise Refusal(40058, "invalid Request Parameter")
    after = fields.get("cursor") or "0"
    if not after.isdigit():
        raise Refusal(50100, "invalid cursor")
    members = list(Member.objects.filter(pk__gt=int(after)).order_by("pk")[:limit])
    rows = [{"userid": m.userid, "department": d} for m in members for d in m.departments]
    return {"dept_user": rows, "next_cursor": str(members[-1].pk) if len(members) == limit else ""}


def user_convert_to_openid(request):
    member = find(request, request.fields.get("userid"))
    if member.status != Member.ACTIVE:
        raise Refusal(43004, "require subscribe")
    return {"openid": "o" + hashlib.sha256(member.key.encode()).hexdigest()[:27]}


def message_send(request):
    request.only(account.APPLICATION)
    fields = request.fields
    check_agent(fields.get("agentid"))
    userids = [userid for userid in str(fields.get("touser") or "").split("|") if userid]
    if not userids:
        raise Refusal(82001, "all touser & toparty & totag is empty")
    if len(userids) > MOST_RECIPIENTS:
        raise Refusal(40032, "invalid userid list length")
    kind = fields.get("msgtype")
    content = fields.get(kind) if isinstance(kind, str) else None
    if kind not in material.KINDS or not isinstance(content, dict):
        raise Refusal(40008, "invalid message type")
    entry = {"kind": kind, "content": content, "text": material.KINDS[kind](content)}
    interval = min(int(fields.get("duplicate_check_interval", 1800)), 14400)
    with sending, transaction.atomic():
        answer = remembered(request) if fields.get("enable_duplicate_check") else None
        if answer is None:
            answer = deliver(request, userids, entry)
            digest = hashlib.sha256(request.raw).hexdigest()
            Remembered.objects.create(sha256=digest, until=time.time() + interval, answer=answer)
    return answer


def remembered(request):
    """The answer to a repeat that is swallowed, or None. What it says is unconfirmed, so the simulator can say either."""
    digest = hashlib.sha256(request.raw).hexdigest()
    earlier = Remembered.objects.filter(sha256=digest, until__gt=time.time()).first()
    if earlier is None:
        return None
    if request.settings["repeat_lists_invalid"]:
        return earlier.answer
    return {"msgid": earlier.answer["msgid"]}


def deliver(request, userids, entry):
    keys = list(dict.fromkeys(userid.lower() for userid in userids))
    members = {m.key: m for m in Member.objects.filter(key__in=keys).exclude(status=Member.LEFT)}
    reached = {key: member for key, member in members.items() if request.visible(member)}
    invalid = "|".join(key for key in keys if key not in reached)
    if not reached:
        raise Refusal(81013, "user & party & tag all invalid", invaliduser=invalid)
    now, msgid = time.time(), secrets.token_urlsafe(24)
    recent = {}
    ids = [member.pk for member in reached.values()]
    for member, at in InboxEntry.objects.filter(member__in=ids, at__gt=now - 3600).values_list("member_id", "at"):
        minute, hour = recent.get(member, (0, 0))
        recent[member] = (minute + (at > now - 60), hour + 1)
    InboxEntry.objects.bulk_create(
        InboxEntry(member=member, msgid=msgid, at=now, **entry)
        for member in reached.values()
        # Beyond the limits WeCom drops in silence. A member who follows nothing has no inbox to see it in.
        if member.status == Member.ACTIVE
        and recent.get(member.pk, (0, 0))[0] < PER_MINUTE
        and recent.get(member.pk, (0, 0))[1] < PER_HOUR
    )
    return {"msgid": msgid} | ({"invaliduser": invalid} if invalid else {})


# path → (method, function, whether it needs a token)
CALLS = {
    "gettoken": ("GET", gettoken),
    "agent/get": ("GET", agent_get),
    "department/create": ("POST", department_create),
    "department/simplelist": ("GET", department_simplelist),
    "tag/get": ("GET", tag_get),
    "user/create": ("POST", user_create),
    "user/update": ("POST", user_update),
    "user/get": ("GET", user_get),
    "user/getuserid": ("POST", user_getuserid),
    "user/get_userid_by_email": ("POST", user_get_userid_by_email),
    "user/list_id": ("POST", user_list_id),
    "user/convert_to_openid": ("POST", user_convert_to_openid),
    "message/send": ("POST", message_send),
    "media/upload": ("POST", material.media_upload),
}


def answer(call, method, query, body):
    """What WeCom answers to this call, as a dict with errcode and errmsg but without the hint. Raises Refusal."""
    expected, function = CALLS[call]
    if method != expected:
        raise Refusal(40063, "some parameters are empty")
    if call == "gettoken":
        return function(Request(query, body, ""))
    given = query.get("access_token")
    if not given:
        raise Refusal(41001, "access_token missing")
    token = AccessToken.objects.filter(token=given).first()
    if token is None:
        raise Refusal(40014, "invalid access_token")
    if token.expires_at < time.time():
        raise Refusal(42001, "access_token expired")
    request = Request(query, body, token.kind)
    if not request.settings["trusted_ip"]:
        raise Refusal(60020, "not allow to access from your ip")
    if token.kind == account.APPLICATION and not request.settings["application_enabled"]:
        raise Refusal(50003, "app disabled")
    try:
        return function(request)
    except IntegrityError:
        raise Refusal(6000, "data version conflict") from None
