"""The documented calls: by which method they are asked, and what stands at the door of each."""

from django.db import IntegrityError

from . import agent, departments, material, messages, people, tokens
from .refusal import Refusal
from .request import Request

CALLS = {
    "gettoken": ("GET", tokens.gettoken),
    "agent/get": ("GET", agent.agent_get),
    "department/create": ("POST", departments.department_create),
    "department/delete": ("GET", departments.department_delete),
    "department/get": ("GET", departments.department_get),
    "department/simplelist": ("GET", departments.department_simplelist),
    "tag/get": ("GET", departments.tag_get),
    "user/create": ("POST", people.user_create),
    "user/update": ("POST", people.user_update),
    "user/delete": ("GET", people.user_delete),
    "user/get": ("GET", people.user_get),
    "user/getuserid": ("POST", people.user_getuserid),
    "user/get_userid_by_email": ("POST", people.user_get_userid_by_email),
    "user/list_id": ("POST", people.user_list_id),
    "user/convert_to_openid": ("POST", people.user_convert_to_openid),
    "message/send": ("POST", messages.message_send),
    "message/recall": ("POST", messages.message_recall),
    "media/upload": ("POST", material.media_upload),
}


def answer(call, method, query, body):
    """What WeCom answers to this call, as a dict with errcode and errmsg but without the hint. Raises Refusal."""
    expected, function = CALLS[call]
    if method != expected:
        raise Refusal(40063, "some parameters are empty")
    if call == "gettoken":
        return function(Request(query, body, ""))
    request = Request(query, body, tokens.kind_of(query.get("access_token")))
    tokens.check_use(request.kind, request.settings)
    try:
        return function(request)
    except IntegrityError:
        raise Refusal(6000, "data version conflict") from None
