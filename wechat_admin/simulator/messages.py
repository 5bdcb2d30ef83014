"""`message/send` and `message/recall` (docs 90236, 94867): who is reached, what is remembered, what is lost in silence."""

import hashlib
import json
import secrets

from django.db import transaction

from . import account, limits, material
from .agent import check_agent
from .clock import DAY, HOUR, MINUTE, now
from .models import InboxEntry, Lost, Member, Sent, Setting
from .people import USERID
from .refusal import Refusal
from .request import number_in
from .writing import writing

MOST_RECIPIENTS, MOST_PARTIES, MOST_TAGS = 1000, 100, 100
LONGEST_MEMORY = 14400


# --- sending ---


def message_send(request):
    request.only(account.APPLICATION)
    check_agent(request.fields.get("agentid"))
    to = Recipients(request)
    kind = request.text("msgtype")
    content = request.fields.get(kind)
    if kind not in material.KINDS or not isinstance(content, dict):
        raise Refusal(40008, "invalid message type")
    if request.number("safe") and kind == "news":
        raise Refusal(40074, "news can not be safe")
    entry = {"kind": kind} | material.shown(kind, content, request.settings)
    memory = min(request.number("duplicate_check_interval", 1800), LONGEST_MEMORY)
    with writing, transaction.atomic():
        earlier = swallowed(request) if request.number("enable_duplicate_check") else None
        return earlier or deliver(request, to, entry, memory)


class Recipients:
    """Whom a call names, lower-cased as WeCom compares and answers."""

    def __init__(self, request):
        self.users, self.parties, self.tags = (named(request, name) for name in ("touser", "toparty", "totag"))
        if not self.users and not self.parties and not self.tags:
            raise Refusal(82001, "all touser & toparty & totag is empty")
        if len(self.users) > MOST_RECIPIENTS:
            raise Refusal(40032, "invalid userid list length")
        if len(self.parties) > MOST_PARTIES:
            raise Refusal(82002, "too many parties")
        if len(self.tags) > MOST_TAGS:
            raise Refusal(82003, "too many tags")
        self.everybody = self.users == ["@all"]
        are_well_formed = self.everybody or all(USERID.fullmatch(userid) for userid in self.users)
        if request.settings["bad_userids_refuse_all"] and not are_well_formed:
            raise Refusal(40031, "invalid userid list")

    def found(self, request):
        """(members in range, userids, parties and tags that reach nobody)."""
        if self.everybody:
            return [m for m in Member.objects.present() if request.is_in_range(m)], [], [], []
        members = {m.key: m for m in Member.objects.present().filter(key__in=self.users)}
        reached = {key: m for key, m in members.items() if request.is_in_range(m)}
        unknown = [key for key in self.users if key not in reached]
        parties, tags = self.parties, self.tags
        bad_parties = [p for p in parties if not request.covers([number_in(p)])]
        bad_tags = [t for t in tags if number_in(t) not in request.settings["visible_tags"]]
        wanted = {number_in(p) for p in parties if p not in bad_parties}
        wanted |= {d for t in tags if t not in bad_tags for d in account.TAGS.get(number_in(t), [])}
        if wanted:
            for member in Member.objects.present():
                if any(above in wanted for d in member.departments for above in request.up(d)):
                    reached[member.key] = member
        return list(reached.values()), unknown, bad_parties, bad_tags


def named(request, field):
    return list(dict.fromkeys(one.lower() for one in request.text(field).split("|") if one))


def digest(request):
    body = request.raw
    if request.settings["repeat_compares_json"]:
        body = json.dumps(request.fields, sort_keys=True).encode()
    return hashlib.sha256(body).hexdigest()


def swallowed(request):
    """The answer to a repeat inside the interval, or None. What it says is unconfirmed: a switch."""
    earlier = Sent.objects.filter(digest=digest(request), remembered_until__gt=now()).first()
    if earlier is None:
        return None
    return earlier.answer if request.settings["repeat_lists_invalid"] else {"msgid": earlier.msgid}


def deliver(request, to, entry, memory):
    members, users, parties, tags = to.found(request)
    if request.settings["unreached_are_invalid"]:
        users += [m.key for m in members if m.status != Member.ACTIVE]
        members = [m for m in members if m.status == Member.ACTIVE]
    lists = {"invaliduser": users, "invalidparty": parties, "invalidtag": tags}
    if not members:
        raise Refusal(81013, "user & party & tag all invalid", **joined(lists))
    msgid, at = secrets.token_urlsafe(24), now()
    persons = limits.persons_today(len(members))
    unlicensed = [m for m in members if not m.licensed]
    answer = {"msgid": msgid} | joined(lists | {"unlicenseduser": [m.key for m in unlicensed]})
    _lay_down([m for m in members if m.licensed], entry, msgid, at)
    Sent.objects.create(
        msgid=msgid,
        at=at,
        digest=digest(request),
        remembered_until=at + memory,
        answer=answer,
        persons_today=persons,
    )
    return answer


def joined(lists):
    return {name: "|".join(values) for name, values in lists.items() if values}


def _lay_down(members, entry, msgid, at):
    recent, entries, lost = _recent(members, at), [], []
    for member in members:
        why = _lost_because(member, *recent.get(member.pk, (0, 0)))
        if why:
            lost.append(Lost(userid=member.userid, msgid=msgid, text=entry["text"], why=why, at=at))
        else:
            places = {"in_wechat": member.follows, "in_wecom": member.in_wecom}
            seen = entry if member.in_wecom else in_wechat(entry)
            entries.append(InboxEntry(member=member, msgid=msgid, at=at, **places, **seen))
    InboxEntry.objects.bulk_create(entries)
    Lost.objects.bulk_create(lost)


def in_wechat(entry):
    """Of an application that always opens its home page WeChat shows 20 bytes of a text, and of all else a hint."""
    if not Setting.all()["opens_home_page"]:
        return entry
    if entry["kind"] == "text":
        text = material.cut(entry["text"], 20)
        return entry | {"text": text, "content": {"content": text}, "was_cut": text != entry["text"]}
    hint = "请在企业微信中查看"
    return {"kind": "text", "text": hint, "content": {"content": hint}, "was_cut": True}


def _recent(members, at):
    """Member → how many messages in the last minute and hour."""
    recent = {}
    rows = InboxEntry.objects.filter(member__in=[m.pk for m in members], at__gt=at - HOUR)
    for member, then in rows.values_list("member_id", "at"):
        minute, hour = recent.get(member, (0, 0))
        recent[member] = (minute + (then > at - MINUTE), hour + 1)
    return recent


def _lost_because(member, minute, hour):
    if member.status != Member.ACTIVE:
        return "disabled" if member.disabled else "follows nothing"
    if member.silenced:
        return "switched off by the member"
    if minute >= limits.limit("a_minute_each"):
        return "over the messages of a minute"
    if hour >= limits.limit("an_hour_each"):
        return "over the messages of an hour"
    return ""


# --- recall ---


def message_recall(request):
    """Within 24 h, and from WeCom's own app alone: the copy in WeChat stays."""
    request.only(account.APPLICATION)
    sent = Sent.objects.filter(msgid=request.text("msgid")).first()
    if sent is None:
        raise Refusal(40058, "invalid msgid")
    if sent.at < now() - DAY:
        raise Refusal(42052, "msgid expired")
    with writing, transaction.atomic():
        entries = InboxEntry.objects.filter(msgid=sent.msgid)
        entries.filter(in_wechat=False).delete()
        entries.update(in_wecom=False)
    return {}
