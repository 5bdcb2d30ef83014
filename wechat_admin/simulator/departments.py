"""`department/*` and `tag/get` (docs 90205, 95350, 90213), and the departments a member is put in."""

import re

from django.db import transaction

from . import account
from .models import Department, Member
from .refusal import Refusal
from .request import is_number, number_in
from .writing import writing

FORBIDDEN = re.compile(r'[\\:*?"<>|]')
MOST_NODES, MOST_LEVELS, MOST_DEPARTMENTS = 30_000, 15, 30_000


# --- where a member is put ---


def wanted(request):
    """The departments a call names; none, or 0, is 其他（待设置部门）."""
    numbers = list(dict.fromkeys(request.numbers("department")))
    most = 20 if request.settings["few_departments"] else 100
    if len(numbers) > most:
        raise Refusal(60110, "too many departments")
    if not all(0 <= number < 2**31 for number in numbers):
        raise Refusal(60123, "invalid department id")
    if not request.settings["unknown_departments_are_made"]:
        if not numbers:
            raise Refusal(40066, "invalid department list")
        if not set(numbers) <= request.parents.keys():
            raise Refusal(60123, "invalid department id")
    return [number or account.OTHERS for number in numbers] or [account.OTHERS]


def found_or_made(request, numbers):
    """(the departments, those made for it): what does not exist is made under 其他 without an error (doc 90195)."""
    made = []
    for number in numbers:
        if number not in request.parents:
            Department.objects.get_or_create(
                id=account.OTHERS, defaults={"name": account.OTHERS_NAME, "parent": account.ROOT}
            )
            if number != account.OTHERS:
                name = f"部门{number}"
                Department.objects.get_or_create(id=number, defaults={"name": name, "parent": account.OTHERS})
                made.append({"name": name, "id": number})
        if is_full(number):
            raise Refusal(81001, "too many nodes in the department")
    return numbers, made


def is_full(number):
    if Member.objects.count() < MOST_NODES:
        return False
    return sum(number in own for own in Member.objects.values_list("departments", flat=True)) >= MOST_NODES


# --- calls ---


def department_simplelist(request):
    asked = request.query.get("id")
    seen = {d: p for d, p in request.parents.items() if request.kind == account.ADDRESS_BOOK or request.covers([d])}
    if asked:
        if number_in(asked) not in seen:
            raise Refusal(60123, "invalid department id")
        seen = {d: p for d, p in seen.items() if number_in(asked) in request.up(d)}
    return {"department_id": [{"id": d, "parentid": p, "order": 100000000} for d, p in seen.items()]}


def department_create(request):
    request.only_writing()
    name, parent = request.text("name"), request.fields.get("parentid")
    check_name(request, name)
    if request.text("name_en"):
        check_name(request, request.text("name_en"))
    if not is_number(parent) or parent not in request.parents:
        raise Refusal(60004, "invalid parent id")
    if len(list(request.up(parent))) >= MOST_LEVELS:
        raise Refusal(81002, "too many levels")
    number = request.fields.get("id", max(request.parents) + 1)
    if not is_number(number) or not 1 < number < 2**31:
        raise Refusal(60123, "invalid department id")
    with writing, transaction.atomic():
        if number in request.parents or name in siblings(parent):
            raise Refusal(60008, "department existed")
        if len(request.parents) >= MOST_DEPARTMENTS:
            raise Refusal(81001, "too many departments")
        Department.objects.create(id=number, name=name, parent=parent)
    return {"errmsg": "created", "id": number}


def check_name(request, name):
    if not name:
        raise Refusal(60001, "department name empty")
    if request.settings["short_department_names"] and len(name) > 32:
        raise Refusal(60001, "department name too long")
    if len(name) > 64:
        raise Refusal(60125, "invalid department name")
    if FORBIDDEN.search(name):
        raise Refusal(60009, "invalid department name")


def siblings(parent):
    """The names below a department: unique there, and only there."""
    first = {name for above, name in account.DEPARTMENTS.values() if above == parent}
    return first | set(Department.objects.filter(parent=parent).values_list("name", flat=True))


def department_delete(request):
    request.only_writing()
    number = number_in(request.query.get("id"))
    if number not in request.parents:
        raise Refusal(60003, "department not found")
    if number in account.DEPARTMENTS:
        raise Refusal(60007, "can not delete this department")
    with writing, transaction.atomic():
        if number in request.parents.values():
            raise Refusal(60006, "department has sub departments")
        if any(number in own for own in Member.objects.values_list("departments", flat=True)):
            raise Refusal(60005, "department has members")
        Department.objects.filter(pk=number).delete()
    return {"errmsg": "deleted"}


def department_get(request):
    """An application sees the departments of its range; the sync's secret only from an old address (2022-08-15)."""
    if request.kind == account.ADDRESS_BOOK and not request.settings["old_sync_address"]:
        raise Refusal(48009, "api forbidden for new ip")
    number = number_in(request.query.get("id"))
    if number not in request.parents:
        raise Refusal(60123, "invalid department id")
    if request.kind == account.APPLICATION and not request.covers([number]):
        raise Refusal(60011, "no privilege to access this department")
    names = {d: name for d, (_, name) in account.DEPARTMENTS.items()} | dict(
        Department.objects.values_list("id", "name")
    )
    shown = {"id": number, "name": names[number], "name_en": "", "department_leader": []}
    return {"department": shown | {"parentid": request.parents[number], "order": 100000000}}


def tag_get(request):
    asked = request.query.get("tagid", "")
    if not asked:
        raise Refusal(41017, "missing tagid")
    tag = number_in(asked)
    if tag not in account.TAGS:
        raise Refusal(40068, "invalid tagid")
    if request.kind == account.APPLICATION and (
        request.settings["console_tags_hidden"] or tag not in request.settings["visible_tags"]
    ):
        raise Refusal(60011, "no privilege to access this tag")
    keys = [userid.lower() for userid in request.settings["tagged_users"].get(str(tag), [])]
    members = [m for m in Member.objects.present().filter(key__in=keys) if request.sees(m)]
    return {
        "tagname": f"Tag {tag}",
        "userlist": [{"userid": member.userid, "name": member.name} for member in members],
        "partylist": account.TAGS[tag],
    }
