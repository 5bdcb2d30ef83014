"""What an administrator does in WeCom's own console, and a member with their telephone: behind the portal's back."""

from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from . import account, callback, people
from .models import Department, Member, Setting

# What can be done to a member besides editing: what then stands in the row.
DEEDS = {
    "disable": {"disabled": True},
    "enable": {"disabled": False},
    "leave": {"left": True},
    "return": {"left": False},
    "activate-wecom": {"in_wecom": True},
    "remove-wecom": {"in_wecom": False},
    "follow": {"follows": True},
    "unfollow": {"follows": False},
    "silence": {"silenced": True},
    "listen": {"silenced": False},
    "unlicense": {"licensed": False},
    "license": {"licensed": True},
}
LEAVING, COMING = {"disable", "leave"}, {"enable", "return"}
# The form of the members' page: what a status of `user/get` can come from.
NOBODY = {"in_wecom": False, "follows": False, "disabled": False, "left": False, "odd_status": None}
STATUS = {
    Member.ACTIVE: NOBODY | {"follows": True},
    Member.DISABLED: {"disabled": True},
    Member.NOT_ACTIVATED: NOBODY,
    Member.LEFT: {"left": True},
}


def edited(post):
    """The columns that a form of the console fills; what it does not name stays."""
    fields = {name: post[name] for name in ("name", "email", "biz_mail") if name in post}
    if "mobile" in post:
        fields["written"] = post["mobile"]
        fields["mobile"] = people.international(post["mobile"]) if post["mobile"] else ""
    if "department" in post:
        fields["departments"] = [int(number) for number in post.getlist("department")]
    return fields


@require_POST
def add_member(request):
    """Somebody typed into the console, before the portal or beside it."""
    post = request.POST
    fields = {"userid": post["userid"], "name": post["userid"], "departments": [account.ROOT]} | edited(post)
    fields |= STATUS[int(post.get("status") or Member.NOT_ACTIVATED)]
    fields["name"] = fields["name"] or post["userid"]
    Member.objects.update_or_create(key=post["userid"].lower(), defaults=fields)
    return redirect("members")


@require_POST
def change_member(request, userid):
    """Edited by hand: unlike `user/update`, also the number of somebody who is active."""
    found = Member.objects.filter(key=userid.lower())
    get_object_or_404(found)
    found.update(**edited(request.POST))
    return redirect("members")


@require_POST
def delete_member(request, userid):
    get_object_or_404(Member, key=userid.lower()).delete()
    callback.member_left_range(userid)
    return redirect("members")


@require_POST
def do_to_member(request, userid, deed):
    found = Member.objects.filter(key=userid.lower())
    get_object_or_404(found)
    if deed not in DEEDS:
        return HttpResponseBadRequest("unknown deed")
    found.update(**DEEDS[deed])
    if deed in LEAVING:
        callback.member_left_range(userid)
    if deed in COMING:
        callback.member_entered_range(userid)
    return redirect("members")


@require_POST
def set_status(request, userid):
    found = Member.objects.filter(key=userid.lower())
    get_object_or_404(found)
    status = int(request.POST["status"])
    found.update(**STATUS.get(status, {"odd_status": status}))
    return redirect("members")


@require_POST
def add_department(request):
    post = request.POST
    Department.objects.create(id=int(post["id"]), name=post["name"], parent=int(post.get("parent") or account.ROOT))
    return redirect("control")


@require_POST
def move_department(request, number):
    get_object_or_404(Department, pk=number)
    Department.objects.filter(pk=number).update(parent=int(request.POST["parent"]))
    return redirect("control")


@require_POST
def remove_department(request, number):
    """Its people stay in their other departments; who had none but this waits under 其他."""
    Department.objects.filter(pk=number).delete()
    for member in Member.objects.all():
        if number in member.departments:
            member.departments = [d for d in member.departments if d != number] or [account.OTHERS]
            member.save(update_fields=["departments"])
            Department.objects.get_or_create(
                id=account.OTHERS, defaults={"name": account.OTHERS_NAME, "parent": account.ROOT}
            )
    return redirect("control")


@require_POST
def visible_range(request):
    """应用管理 → 可见范围. The form names all of it: what is not ticked is out."""
    Setting.set("visible_departments", [int(d) for d in request.POST.getlist("department")])
    Setting.set("visible_tags", [int(t) for t in request.POST.getlist("tag")])
    Setting.set("visible_users", request.POST.getlist("user"))
    return redirect("control")


@require_POST
def tag_members(request, tag):
    if tag not in account.TAGS:
        return HttpResponseBadRequest("unknown tag")
    tagged = Setting.all()["tagged_users"] | {str(tag): request.POST.getlist("user")}
    Setting.set("tagged_users", tagged)
    return redirect("control")
