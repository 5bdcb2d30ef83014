"""Enter people in the address book of the school's WeCom.

Rules that protect an existing company: a member who was there before us is linked and never changed; only members
we created are updated; nobody is invited by WeCom and nobody is deleted.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from wechat_admin.connection.clients import address_book_client, application_client
from wechat_admin.models import EnterpriseAccount, Lock
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
from . import departments

LONGEST_NAME = 64
TAKEN = frozenset({Blame.MOBILE_TAKEN, Blame.EMAIL_TAKEN})

# WeCom asks for writes one after the other: parallel ones answer 6000.
ADDRESS_BOOK_LOCK = "address book"
LEASE = timedelta(seconds=60)
BACKOFF = [timedelta(seconds=s) for s in (5, 15, 60, 120)]
CONFIGURATION_BACKOFF = timedelta(minutes=5)


def enter_due():
    """Write every confirmed registration whose turn has come into the address book, one after the other."""
    account = EnterpriseAccount.objects.the()
    has_work = Registration.objects.to_enter().exists() or departments.misplaced(account).exists()
    if not account.is_linked or not has_work:
        return
    if not Lock.take(ADDRESS_BOOK_LOCK, LEASE):
        return
    try:
        while registration := Registration.objects.to_enter().of_account(account).select_related("person").first():
            Lock.keep(ADDRESS_BOOK_LOCK, LEASE)
            _enter(registration, account)
        departments.move(account, address_book_client(account))
    finally:
        Lock.release(ADDRESS_BOOK_LOCK)


class _Taken(Exception):
    """Somebody else at WeCom has the number or e-mail, or somebody whom we may not take for this person.

    `code` is what WeCom said, or None where it is somebody in the portal.
    """

    def __init__(self, code=None):
        super().__init__(code)
        self.code = code


def _enter(registration, account):
    try:
        userid, audiences = _write(registration, account)
        if audiences is not None:
            EnterpriseAccount.objects.writing_proven()
        _entered(registration, userid, audiences)
    except _Taken as taken:
        _stuck(registration, Problem.NUMBER_TAKEN if registration.mobile else Problem.EMAIL_TAKEN, taken.code)
    except WeComError as error:
        _not_entered(registration, error)
    except Exception:
        # Nobody foresaw it: it is logged, and must not stand in the way of everybody behind.
        _still_confirmed(registration).update(next_try_at=Now() + CONFIGURATION_BACKOFF)
        raise


def _write(registration, account):
    """Make sure the person is a member. Returns (userid, the audiences they were put in; None for a member not ours)."""
    if registration.userid and not registration.created_by_us and not registration.create_tried_at:
        return registration.userid, None  # linked before: nothing to write, ever
    book = address_book_client(account)
    department, audiences = departments.departments_of(registration.person, account, book)
    fields = {
        "name": registration.person.name[:LONGEST_NAME],
        "department": department,
        **({"mobile": registration.mobile} if registration.mobile else {"email": registration.email}),
    }
    if registration.created_by_us:
        try:
            book.update_member(userid=registration.userid, **fields)
            return registration.userid, audiences
        except RecipientInvalid:
            pass  # deleted at WeCom meanwhile: make it again
        except WeComRejected as error:
            if error.blame in TAKEN:
                raise _Taken(error.code) from None
            raise
    userid, is_ours = _create(registration, account, book, fields)
    return userid, audiences if is_ours else None


def _create(registration, account, book, fields):
    """Returns (userid, whether the member is ours)."""
    tried_before = registration.create_tried_at is not None
    userid = registration.userid or userid_for(registration.person)
    # Committed before the call: if this worker dies now, the next one knows whose the member may be.
    _remember_try(registration, userid, Now())
    try:
        book.create_member(userid=userid, to_invite=False, **fields)
        return userid, True
    except WeComError as error:
        may_be_ours = tried_before and error.blame in TAKEN | {Blame.USERID_TAKEN}
        surely_refused = isinstance(error, WeComUnreachable) or not isinstance(error, WeComUnavailable)
        if not tried_before and surely_refused:
            _remember_try(registration, "", None)  # nobody was created
        if error.blame not in TAKEN and not may_be_ours:
            raise
        code = error.code
    found = _member_with_the_same(registration, application_client(account))
    if may_be_ours and (not found or found.lower() == userid.lower()):
        book.update_member(userid=userid, **fields)
        return userid, True
    if found and _may_link(registration, found):
        return found, False
    raise _Taken(code)


def _member_with_the_same(registration, client):
    """The userid of the member who holds the number or e-mail, or None. Only a refused `user/create` may lead here."""
    if registration.mobile:
        return client.userid_by_mobile(registration.mobile)
    return client.userid_by_email(registration.email)


def _remember_try(registration, userid, at):
    Registration.objects.filter(pk=registration.pk).update(userid=userid, create_tried_at=at)


def _may_link(registration, userid):
    """Only if nobody else is linked to the member, and the school has the number on record for this person or says so."""
    if _is_somebody_elses(userid, registration):
        return False
    person = registration.person
    on_record = {person.mobile, person.email.lower()} - {""}
    return bool(registration.linking_approved_by_id) or (registration.mobile or registration.email.lower()) in on_record


def _is_somebody_elses(userid, registration):
    others = Registration.objects.filter(account_key=registration.account_key).exclude(pk=registration.pk)
    return others.linked_to(userid).exists()


def _entered(registration, userid, audiences):
    try:
        with transaction.atomic():
            _write_down(registration, userid, audiences)
    except IntegrityError:
        if _is_somebody_elses(userid, registration):
            raise _Taken from None  # in this very moment
        raise


def _write_down(registration, userid, audiences):
    _still_confirmed(registration).update(
        status=Registration.Status.IN_WECOM,
        userid=userid,
        created_by_us=audiences is not None,
        audiences=audiences or "",
        in_wecom_at=Now(),
        create_tried_at=None,
        problem="",
        problem_code=None,
        tries=0,
        next_try_at=None,
        next_check_at=Now(),
    )


def _still_confirmed(registration):
    """The row, unless the person changed the number or stopped while we spoke to WeCom; then the next turn decides."""
    return Registration.objects.filter(
        pk=registration.pk,
        status=Registration.Status.CONFIRMED,
        mobile=registration.mobile,
        email=registration.email,
    )


def _not_entered(registration, error):
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
            departments.forget(EnterpriseAccount.objects.the())
            _later(registration, Problem.WECOM_UNAVAILABLE, code, BACKOFF[0])
        case WeComRejected(code=code, blame=Blame.MOBILE):
            _stuck(registration, Problem.BAD_NUMBER, code)
        case WeComRejected(code=code, blame=Blame.EMAIL):
            _stuck(registration, Problem.BAD_EMAIL, code)
        case _:
            _stuck(registration, Problem.REFUSED, error.code)


def _later(registration, problem, code, wait):
    _still_confirmed(registration).update(
        problem=problem, problem_code=code, tries=registration.tries + 1, next_try_at=Now() + wait
    )


def _stuck(registration, problem, code):
    """No further try until a person changes something."""
    _still_confirmed(registration).update(problem=problem, problem_code=code, next_try_at=None)
