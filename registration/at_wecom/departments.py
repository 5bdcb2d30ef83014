"""One department per audience in the school's address book, so that families can be kept from seeing each other
(console: 通讯录管理 → 限制查看所有人). Departments that were there before us are never touched, and while one of ours
cannot be had its people stand in the root and are moved later.

Called under the address book's lock only.
"""

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Concat, Now
from django.db.models.query import QuerySet

from portal.people.models import Person
from portal.people.roles import Role
from wechat_admin.connection.clients import address_book_client, application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.client import ROOT
from wechat_admin.wecom.codes import Blame
from wechat_admin.wecom.errors import RecipientInvalid, WeComError

from ..models import AudienceDepartment, Registration
from ..models.registration import RegistrationQuerySet
from . import doubts

# 其他（待设置部门）: where WeCom makes a department whose id it does not know, without an error (doc 90195).
OTHERS = "其他"
TRY_AGAIN_AFTER = timedelta(minutes=10)
MOST_NAMES = 20
MOVED_A_TURN = 100
TREE_HOLDS = 30  # seconds that a list of departments is believed

_NAMES: dict[str, str] = {
    Role.STAFF: "Portal – staff 教职工",
    Role.CONTACT: "Portal – contacts 家长",
    Role.PUPIL: "Portal – pupils 学生",
}
_FIRST_ID: dict[str, int] = {Role.STAFF: 910001, Role.CONTACT: 910002, Role.PUPIL: 910003}


def audiences(person: Person) -> str:
    """The audiences of a person as one word, "contacts pupils": what is remembered of where they were put."""
    return " ".join(person.roles_now or person.roles_on_record)


class Tree:
    """The company's departments, read before any of ours is used: an id WeCom does not know it makes under 其他."""

    def __init__(self, account: EnterpriseAccount) -> None:
        self.account, self.book = account, address_book_client(account)
        self._parents: dict[int, int] = {}
        self._are_others: dict[int, bool] = {}
        self._read_at: float | None = None

    @property
    def parents(self) -> dict[int, int]:
        """{id: the id above it}"""
        if self._read_at is None or time.monotonic() - self._read_at > TREE_HOLDS:
            self._parents, self._are_others = dict(self.book.departments()), {}
            self._read_at = time.monotonic()
        return self._parents

    def forget(self) -> None:
        self._read_at = None

    def holds(self, department: AudienceDepartment) -> bool:
        """Whether it is there and ours: an administrator may have moved it, but not WeCom to 其他."""
        number = department.department_id
        above = self.parents.get(number) if number is not None else None
        return above == ROOT or (above is not None and not self._is_others(above))

    def _is_others(self, number: int) -> bool:
        if number not in self._are_others:
            self._are_others[number] = self._name(number).startswith(OTHERS)
        return self._are_others[number]

    def _name(self, number: int) -> str:
        """Where WeCom does not tell, 其他: people are better moved for nothing than left there."""
        try:
            return application_client(self.account).department_name(number)
        except RecipientInvalid:
            return OTHERS


def departments_of(person: Person, tree: Tree) -> tuple[list[int], str]:
    """(department ids, the audiences they stand for): the root and "" while one of them cannot be had."""
    found = audiences(person)
    asked = [_department(role, tree) for role in found.split()]
    ids = [number for number in asked if number is not None]
    return (ids, found) if ids == asked else ([ROOT], "")


def _department(role: str, tree: Tree) -> int | None:
    """The id of an audience's department, made if there is none; None while it cannot be made."""
    department, _ = AudienceDepartment.objects.get_or_create(corporation_id=tree.account.corporation_id, role=role)
    if department.made_at and _look_after(department, tree):
        return department.department_id
    if not AudienceDepartment.objects.due().filter(pk=department.pk).exists():
        return None
    try:
        return _make(department, tree)
    except WeComError:
        AudienceDepartment.objects.filter(pk=department.pk).update(next_try_at=Now() + TRY_AGAIN_AFTER)
        return None


def _make(department: AudienceDepartment, tree: Tree) -> int | None:
    """None where every name and id of ours is taken. Raises WeComError where WeCom refuses."""
    for number in range(department.names_taken, MOST_NAMES):
        may_be_ours = department.department_id is not None
        department.department_id = _FIRST_ID[department.role] + 10 * number
        # Committed before the call: if this worker dies now, the next one knows whose the department may be.
        AudienceDepartment.objects.filter(pk=department.pk).update(department_id=department.department_id)
        name = _NAMES[department.role] + (f" {number + 1}" if number else "")
        try:
            tree.book.create_department(id=department.department_id, name=name, parentid=ROOT)
        except WeComError as error:
            if error.blame is not Blame.DEPARTMENT_TAKEN:
                raise
            if not may_be_ours or dict(tree.book.departments()).get(department.department_id) != ROOT:
                # Somebody else's: it stays as it is, and ours gets another name and id.
                AudienceDepartment.objects.filter(pk=department.pk).update(names_taken=number + 1, department_id=None)
                department.department_id = None
                continue
        AudienceDepartment.objects.filter(pk=department.pk).update(made_at=Now(), seen_at=Now())
        tree.forget()
        return department.department_id
    return None


# --- departments that somebody removed or moved, and who stands there ---


def need_tending(account: EnterpriseAccount) -> bool:
    return AudienceDepartment.objects.of(account).to_look_after().exists() or misplaced(account).exists()


def tend(tree: Tree) -> None:
    """See that our departments are where they belong, and everybody in theirs; WeCom's refusal ends it for this turn."""
    with suppress(WeComError):
        for department in AudienceDepartment.objects.of(tree.account).made():
            _look_after(department, tree)
        _move(tree)


def _look_after(department: AudienceDepartment, tree: Tree) -> bool:
    if tree.holds(department):
        AudienceDepartment.objects.filter(pk=department.pk).update(seen_at=Now())
        return True
    _lose(department, tree.account, is_taken=department.department_id in tree.parents)
    return False


def made_by_wecom(numbers: Collection[int], registration: Registration, tree: Tree) -> None:
    """WeCom answers that it has made these for a member under 其他, in place of ours that somebody has removed."""
    tree.forget()
    for department in AudienceDepartment.objects.of(tree.account).filter(department_id__in=numbers):
        _lose(department, tree.account, is_taken=True)
    Registration.objects.filter(pk=registration.pk).update(audiences="", displaced_at=Now())


def _lose(department: AudienceDepartment, account: EnterpriseAccount, *, is_taken: bool) -> None:
    """Ours is gone; `is_taken`: its id stands for another one now, so that ours needs a new one."""
    department.made_at = department.department_id = department.next_try_at = None
    department.names_taken += is_taken
    department.save(update_fields=["made_at", "department_id", "next_try_at", "names_taken"])
    stood_there = _members(account).filter(audiences__contains=department.role)
    stood_there.update(audiences="", displaced_at=Now())


# --- people whose roles have changed, or who stand in the root ---


def misplaced(account: EnterpriseAccount) -> QuerySet[Registration]:
    """Members we made who do not stand where their roles belong."""
    expected = [
        Case(
            When(role.stands("person__"), then=Value(f"{role} ")),
            default=Value(""),
            output_field=CharField(),
        )
        for role in Role
    ]
    return _members(account).annotate(expected=Concat(*expected)).exclude(expected=Concat(F("audiences"), Value(" ")))


def _move(tree: Tree) -> None:
    """Put some of the misplaced where they belong."""
    for registration in misplaced(tree.account).select_related("person").order_by("pk")[:MOVED_A_TURN]:
        departments, found = departments_of(registration.person, tree)
        if not found:
            return
        try:
            made = tree.book.update_member(userid=registration.userid, department=departments)
        except RecipientInvalid:
            doubts.not_reached([registration.userid], tree.account.account_key)
            continue
        if made:
            made_by_wecom(made, registration, tree)
            return
        Registration.objects.filter(pk=registration.pk).update(audiences=found)


def _members(account: EnterpriseAccount) -> RegistrationQuerySet:
    """Those we have made: nobody else is ever moved."""
    ours = Registration.objects.open().of_account(account).filter(created_by_us=True, doubts=0, out_of_range=False)
    return ours.exclude(in_wecom_at=None)
