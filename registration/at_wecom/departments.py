"""One department per audience in the school's address book, so that families can be kept from seeing each other
(console: 通讯录管理 → 限制查看所有人). Departments that were there before us are never touched, and while one of ours
cannot be had its people stand in the root and are moved later.

Called under the address book's lock only.
"""

from datetime import timedelta

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Concat, Now
from django.db.models.query import QuerySet

from portal.people.roles import Role
from wechat_admin.wecom.codes import Blame
from wechat_admin.wecom.errors import WeComError

from ..models import AudienceDepartment, Registration

ROOT = 1
TRY_AGAIN_AFTER = timedelta(minutes=10)
MOST_NAMES = 5
MOVED_A_TURN = 100

_NAMES = {
    Role.STAFF: "Portal – staff 教职工",
    Role.CONTACT: "Portal – contacts 家长",
    Role.PUPIL: "Portal – pupils 学生",
}
_FIRST_ID = {Role.STAFF: 910001, Role.CONTACT: 910002, Role.PUPIL: 910003}


def audiences(person):
    """The audiences of a person as one word, "contacts pupils": what is remembered of where they were put."""
    return " ".join(person.roles_on_record)


def departments_of(person, account, book):
    """(department ids, the audiences they stand for): the root and "" while one of them cannot be had."""
    found = audiences(person)
    ids = [_department(role, account, book) for role in found.split()]
    return (ids, found) if all(ids) else ([ROOT], "")


def _department(role, account, book):
    """The id of an audience's department, made if there is none; None while it cannot be made."""
    department, _ = AudienceDepartment.objects.get_or_create(corporation_id=account.corporation_id, role=role)
    if department.made_at:
        return department.department_id
    if not AudienceDepartment.objects.due().filter(pk=department.pk).exists():
        return None
    try:
        return _make(department, book)
    except WeComError:
        AudienceDepartment.objects.filter(pk=department.pk).update(next_try_at=Now() + TRY_AGAIN_AFTER)
        return None


def _make(department, book):
    """Raises WeComError where WeCom refuses, or every name and id of ours is taken."""
    for number in range(department.names_taken, MOST_NAMES):
        may_be_ours = department.department_id is not None
        department.department_id = _FIRST_ID[department.role] + 10 * number
        # Committed before the call: if this worker dies now, the next one knows whose the department may be.
        AudienceDepartment.objects.filter(pk=department.pk).update(department_id=department.department_id)
        name = _NAMES[department.role] + (f" {number + 1}" if number else "")
        try:
            book.create_department(id=department.department_id, name=name, parentid=ROOT)
        except WeComError as error:
            if error.blame is not Blame.DEPARTMENT_TAKEN:
                raise
            if not may_be_ours or (department.department_id, ROOT) not in book.departments():
                # Somebody else's: it stays as it is, and ours gets another name and id.
                AudienceDepartment.objects.filter(pk=department.pk).update(names_taken=number + 1, department_id=None)
                department.department_id = None
                if number + 1 == MOST_NAMES:
                    raise
                continue
        AudienceDepartment.objects.filter(pk=department.pk).update(made_at=Now())
        return department.department_id
    return None


def forget(account):
    """Somebody removed a department of ours in the console: they are made again."""
    AudienceDepartment.objects.filter(corporation_id=account.corporation_id).delete()


# --- people whose roles have changed, or who stand in the root ---


def misplaced(account) -> QuerySet[Registration]:
    """Members we made who do not stand where their roles belong."""
    expected = [
        Case(
            When(Q((f"person__{role.column}", True)), then=Value(f"{role} ")),
            default=Value(""),
            output_field=CharField(),
        )
        for role in Role
    ]
    members = Registration.objects.open().of_account(account).filter(created_by_us=True).exclude(in_wecom_at=None)
    return members.annotate(expected=Concat(*expected)).exclude(expected=Concat(F("audiences"), Value(" ")))


def move(account, book):
    """Put some of the misplaced where they belong; WeCom's refusal ends it until the next turn."""
    for registration in misplaced(account).select_related("person").order_by("pk")[:MOVED_A_TURN]:
        departments, found = departments_of(registration.person, account, book)
        if not found:
            return
        try:
            book.update_member(userid=registration.userid, department=departments)
        except WeComError as error:
            if error.blame is Blame.DEPARTMENT:
                forget(account)
            return
        Registration.objects.filter(pk=registration.pk).update(audiences=found)
