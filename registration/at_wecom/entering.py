"""Enter people in the address book of the school's WeCom.

Rules that protect an existing company: a member who was there before us is linked and never changed; only members
we created are updated; nobody is invited by WeCom. Who is deleted, and when, is decided in registration/removal/.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from wechat_admin.connection import looking_up
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount, Lock
from wechat_admin.wecom.client import Client, Member
from wechat_admin.wecom.codes import Blame
from wechat_admin.wecom.errors import (
    RecipientInvalid,
    WeComError,
    WeComMisconfigured,
    WeComRateLimited,
    WeComRejected,
    WeComUnavailable,
    WeComUnreachable,
)

from ..models import Problem, Registration, userid_for
from ..models.registration import RegistrationQuerySet
from . import departments, doubts

LONGEST_NAME = 64
TAKEN = frozenset({Blame.MOBILE_TAKEN, Blame.EMAIL_TAKEN})

# WeCom asks for writes one after the other: parallel ones answer 6000.
ADDRESS_BOOK_LOCK = "address book"
LEASE = timedelta(seconds=60)
BACKOFF = [timedelta(seconds=s) for s in (5, 15, 60, 120)]
CONFIGURATION_BACKOFF = timedelta(minutes=5)
LOOKING_AGAIN = timedelta(hours=6)


def enter_due() -> None:
    """Write every confirmed registration whose turn has come into the address book, one after the other."""
    account = EnterpriseAccount.objects.the()
    if not account.is_linked or not _has_work(account):
        return
    if not Lock.take(ADDRESS_BOOK_LOCK, LEASE):
        return
    tree = departments.Tree(account)
    try:
        while registration := Registration.objects.to_enter().of_account(account).select_related("person").first():
            Lock.keep(ADDRESS_BOOK_LOCK, LEASE)
            _enter(registration, tree)
        departments.tend(tree)
    finally:
        Lock.release(ADDRESS_BOOK_LOCK)


def _has_work(account: EnterpriseAccount) -> bool:
    return Registration.objects.to_enter().exists() or departments.need_tending(account)


class _Taken(Exception):
    """Somebody else at WeCom has the number or e-mail, or somebody whom we may not take for this person.

    `code` is what WeCom said, or None where it is somebody in the portal.
    """

    def __init__(self, code: int | None = None) -> None:
        super().__init__(code)
        self.code = code


class _NumberKept(Exception):
    """WeCom has ignored the new number without a word."""


def _enter(registration: Registration, tree: departments.Tree) -> None:
    try:
        userid, audiences = _write(registration, tree)
        if audiences is not None:
            EnterpriseAccount.objects.writing_proven()
        _entered(registration, userid, audiences)
    except _Taken as taken:
        _stuck(registration, Problem.NUMBER_TAKEN if registration.mobile else Problem.EMAIL_TAKEN, taken.code)
    except _NumberKept:
        _later(registration, Problem.NUMBER_KEPT, None, LOOKING_AGAIN)
    except looking_up.LookingUpStopped:
        _later(registration, Problem.CANNOT_TELL, None, CONFIGURATION_BACKOFF)  # an administrator has been told
    except WeComError as error:
        _not_entered(registration, error)
        tree.forget()
    except Exception:
        # Nobody foresaw it: it is logged, and must not stand in the way of everybody behind.
        _still_confirmed(registration).update(next_try_at=Now() + CONFIGURATION_BACKOFF)
        raise


def _write(registration: Registration, tree: departments.Tree) -> tuple[str, str | None]:
    """Make sure the person is a member. Returns (userid, the audiences they were put in; None for a member not ours)."""
    registration.doubts = 0
    proven_by: str | None = ""
    if registration.userid and not registration.create_tried_at:
        proven_by = _proven_by(registration, tree.account)
        if proven_by is None:
            _look_for_another_member(registration)
        elif not registration.created_by_us:
            return registration.userid, None  # linked before: nothing to write, ever
    department, audiences = departments.departments_of(registration.person, tree)
    fields: Member = {"name": registration.person.name[:LONGEST_NAME], "department": department}
    if registration.mobile:
        fields["mobile"] = registration.mobile
    else:
        fields["email"] = registration.email
    if registration.userid and registration.created_by_us:
        try:
            made = _update(registration, registration.userid, fields, tree, proven_by or "")
            return registration.userid, _placed(registration, audiences, made, tree)
        except RecipientInvalid:
            pass  # deleted at WeCom meanwhile: make it again
        except WeComRejected as error:
            if error.blame in TAKEN:
                raise _Taken(error.code) from None
            raise
    userid, of_a_new_one = _create(registration, tree, fields)
    return userid, None if of_a_new_one is None else _placed(registration, audiences, of_a_new_one, tree)


def _proven_by(registration: Registration, account: EnterpriseAccount) -> str | None:
    """The number or e-mail address, of then or the new one, that shows the member of before to be this person still.

    None where it shows another: ids are given away. "" where nothing can be shown and the member may be ours: one whom
    nobody sees may have been deleted, and is made again where WeCom lets us; in rows from before the numbers of then
    were kept, WeCom may have kept the old one.
    """
    client = application_client(account)
    try:
        client.status_of(registration.userid)
    except RecipientInvalid:
        return "" if registration.created_by_us else None
    given = registration.mobile or registration.email
    before = registration.known_by if registration.created_by_us else given
    # A new number stands at WeCom in another spelling than ours where the office has put it there, and likely it has.
    was_kept = registration.problem == Problem.NUMBER_KEPT
    for address in dict.fromkeys([given, before] if was_kept or not before else [before, given]):
        ours_alone = address != before and not was_kept
        if address and _gives(account, client, address, registration.userid, as_we_write_it=ours_alone):
            return address
    return "" if registration.created_by_us and not registration.known_by else None


def _gives(account: EnterpriseAccount, client: Client, address: str, userid: str, as_we_write_it: bool = False) -> bool:
    return doubts.found_by(account, client, address, as_we_write_it=as_we_write_it) == userid.lower()


def _look_for_another_member(registration: Registration) -> None:
    """Somebody else's: it is neither written to nor ever theirs again."""
    lost = registration.userid if registration.created_by_us else ""
    registration.userid, registration.created_by_us, registration.lost_userid = "", False, lost
    _still_confirmed(registration).update(userid="", created_by_us=False, lost_userid=lost, known_by="")


def _update(
    registration: Registration, userid: str, fields: Member, tree: departments.Tree, proven_by: str = ""
) -> list[int]:
    """Raises _NumberKept: of a member who is active WeCom ignores a new number without an error (doc 90197)."""
    made = tree.book.update_member(userid=userid, **fields)
    account, client = tree.account, application_client(tree.account)
    given = registration.mobile or registration.email
    if given == proven_by or _gives(account, client, given, userid, as_we_write_it=True):
        return made
    try:
        client.status_of(userid)
    except RecipientInvalid:
        registration.doubts = 1  # out of sight: who asks about them says so, and proves them when they are seen
        return made
    raise _NumberKept


def _placed(registration: Registration, audiences: str, made: list[int], tree: departments.Tree) -> str:
    """The audiences in whose departments they stand now; "" where WeCom has made departments of its own for them."""
    if made:
        departments.made_by_wecom(made, registration, tree)
        return ""
    return audiences


def _create(registration: Registration, tree: departments.Tree, fields: Member) -> tuple[str, list[int] | None]:
    """Returns (userid, the departments WeCom made for it; None where the member is not ours)."""
    tried_before = registration.create_tried_at is not None
    userid = registration.userid or userid_for(registration.person)
    # Committed before the call: if this worker dies now, the next one knows whose the member may be.
    _remember_try(registration, userid, Now())
    try:
        return userid, tree.book.create_member(userid=userid, to_invite=False, **fields)
    except WeComError as error:
        may_be_ours = tried_before and error.blame in TAKEN | {Blame.USERID_TAKEN}
        surely_refused = isinstance(error, WeComUnreachable) or not isinstance(error, WeComUnavailable)
        if not tried_before and surely_refused:
            _remember_try(registration, "", None)  # nobody was created
        if error.blame not in TAKEN and not may_be_ours:
            raise
        code = error.code
    found = _member_with_the_same(registration, tree.account)
    if may_be_ours and (not found or found.lower() == userid.lower()):
        return userid, _update(registration, userid, fields, tree)
    if found and _may_link(registration, found):
        return found, None
    raise _Taken(code)


def _member_with_the_same(registration: Registration, account: EnterpriseAccount) -> str | None:
    """The userid of the member who holds the number or e-mail, or None. Only a refused `user/create` may lead here."""
    client = application_client(account)
    try:
        if registration.mobile:
            return looking_up.userid_by_mobile(account, client, registration.mobile)
        return looking_up.userid_by_email(account, client, registration.email)
    except looking_up.LookingUpStopped:
        return None  # an administrator has been told, and can link them


def _remember_try(registration: Registration, userid: str, at: Now | None) -> None:
    Registration.objects.filter(pk=registration.pk).update(userid=userid, create_tried_at=at)


def _may_link(registration: Registration, userid: str) -> bool:
    """Only if nobody else is linked to the member, and the school has the number on record for this person or says so."""
    if _is_somebody_elses(userid, registration):
        return False
    person = registration.person
    on_record = {person.mobile, person.email.lower()} - {""}
    return bool(registration.linking_approved_by_id) or (registration.mobile or registration.email.lower()) in on_record


def _is_somebody_elses(userid: str, registration: Registration) -> bool:
    """Somebody is linked to them, or they were somebody's who has left: nobody inherits a member."""
    others = Registration.objects.filter(account_key=registration.account_key).exclude(person=registration.person_id)
    return others.linked_to(userid).exists() or others.of_leavers().filter(userid__iexact=userid).exists()


def _entered(registration: Registration, userid: str, audiences: str | None) -> None:
    try:
        with transaction.atomic():
            _write_down(registration, userid, audiences)
    except IntegrityError:
        if _is_somebody_elses(userid, registration):
            raise _Taken from None  # in this very moment
        raise


def _write_down(registration: Registration, userid: str, audiences: str | None) -> None:
    _still_confirmed(registration).update(
        status=Registration.Status.IN_WECOM,
        userid=userid,
        created_by_us=audiences is not None,
        audiences=audiences or "",
        known_by=registration.mobile or registration.email,
        doubts=registration.doubts,
        out_of_range=False,
        in_wecom_at=Now(),
        create_tried_at=None,
        problem="",
        problem_code=None,
        tries=0,
        next_try_at=None,
        next_check_at=Now(),
    )


def _still_confirmed(registration: Registration) -> RegistrationQuerySet:
    """The row, unless the person changed the number or stopped while we spoke to WeCom; then the next turn decides."""
    return Registration.objects.filter(
        pk=registration.pk,
        status=Registration.Status.CONFIRMED,
        mobile=registration.mobile,
        email=registration.email,
    )


def _not_entered(registration: Registration, error: WeComError) -> None:
    """What a refusal of WeCom means for the registration, and when to try again."""
    match error:
        case WeComMisconfigured(code=code, blame=Blame.CAPACITY):
            _later(registration, Problem.FULL, code, CONFIGURATION_BACKOFF)
        case WeComMisconfigured(code=code):
            EnterpriseAccount.objects.writing_refused(code)
            _later(registration, Problem.CONFIGURATION, code, CONFIGURATION_BACKOFF)
        case WeComUnavailable(code=code) | WeComRateLimited(code=code):
            _later(registration, Problem.WECOM_UNAVAILABLE, code, BACKOFF[min(registration.tries, len(BACKOFF) - 1)])
        case WeComRejected(code=code, blame=Blame.DEPARTMENT):
            _later(registration, Problem.WECOM_UNAVAILABLE, code, BACKOFF[0])
        case WeComRejected(code=code, blame=Blame.MOBILE):
            _stuck(registration, Problem.BAD_NUMBER, code)
        case WeComRejected(code=code, blame=Blame.EMAIL):
            _stuck(registration, Problem.BAD_EMAIL, code)
        case _:
            _stuck(registration, Problem.REFUSED, error.code)


def _later(registration: Registration, problem: Problem, code: int | None, wait: timedelta) -> None:
    _still_confirmed(registration).update(
        problem=problem, problem_code=code, tries=registration.tries + 1, next_try_at=Now() + wait
    )


def _stuck(registration: Registration, problem: Problem, code: int | None) -> None:
    """No further try until a person changes something."""
    _still_confirmed(registration).update(problem=problem, problem_code=code, next_try_at=None)
