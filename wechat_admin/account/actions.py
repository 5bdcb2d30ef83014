from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.crypto import Secret
from portal.doorbell import ring
from portal.people.models import User

from ..models import Check, EnterpriseAccount, SendingGate
from ..tasks import CHECK_CONNECTION
from .changes import ANOTHER_APPLICATION, ANOTHER_COMPANY, account_changed
from .qr import draw_qr

# A test message that came through one of these says nothing of another.
THE_APPLICATION = frozenset({"corporation_id", "application_secret", "application_agent_id"})
# What the trail keeps from → to. Of all else only that it changed: secrets, and addresses that let somebody join.
NO_SECRET = ("corporation_id", "application_agent_id")


class SavedMeanwhile(Exception):
    """Somebody else saved since the form was opened; `account` is what they saved."""

    def __init__(self, account: EnterpriseAccount) -> None:
        super().__init__(account.saved_by)
        self.account = account


@transaction.atomic
def save_account(*, values: Mapping[str, Any], version: int, by: User) -> EnterpriseAccount:
    """Save the administration form. `values` are AccountForm's cleaned data; an empty secret keeps the stored one.

    Raises SavedMeanwhile where the stored version is not `version`. Returns the account.
    """
    EnterpriseAccount.objects.bulk_create([EnterpriseAccount(pk=1)], ignore_conflicts=True)
    account = EnterpriseAccount.objects.select_for_update().get()
    if account.version != version:
        raise SavedMeanwhile(account)
    was_visible, before = account.registration_visible, (account.corporation_id, account.account_key)
    was = {name: getattr(account, name) for name in NO_SECRET}
    changed = _apply(account, values, by)
    account.forget_proofs(changed)
    account.version += 1
    account.saved_by, account.saved_at = str(by)[:200], timezone.now()
    account.save()
    if before[0] and account.account_key != before[1]:
        change = ANOTHER_COMPANY if account.corporation_id != before[0] else ANOTHER_APPLICATION
        account_changed.send(EnterpriseAccount, change=change, before=before[1], after=account.account_key)
    told = [name for name in NO_SECRET if name in changed]
    record(
        gettext_noop("saved the Weixin / WeChat account"),
        by=by,
        changed=changed,
        before={name: was[name] for name in told},
        after={name: getattr(account, name) for name in told},
    )
    if was_visible != account.registration_visible:
        made_visible, hid = gettext_noop("made registration visible"), gettext_noop("hid registration")
        record(made_visible if account.registration_visible else hid, by=by)
    # Whatever was found before is of other values: the rows are asked again, and say so.
    Check.objects.begin()
    if THE_APPLICATION.intersection(changed):
        Check.objects.filter(name=Check.Name.TEST).delete()
    ring(CHECK_CONNECTION)
    return account


def _apply(account: EnterpriseAccount, values: Mapping[str, Any], by: User) -> list[str]:
    """Returns the names of what changed."""
    changed = []
    for name in ("corporation_id", "application_agent_id", "registration_visible"):
        if getattr(account, name) != values[name]:
            setattr(account, name, values[name])
            changed.append(name)
    for name in ("application_secret", "address_book_secret"):
        if values[name]:
            setattr(account, name, Secret(values[name]))
            setattr(account, f"{name}_set_by", str(by)[:200])
            setattr(account, f"{name}_set_at", timezone.now())
            changed.append(name)
    if values["qr_target"] != account.qr_target:
        account.qr_target, account.qr_png = values["qr_target"], draw_qr(values["qr_target"])
        account.qr_picture = values.get("qr_picture", b"")
        account.qr_set_at, account.qr_tried_at = timezone.now(), None
        changed.append("qr_code")
    if values["qr_target"] in values.get("qr_host_meant", ()):
        account.qr_target_meant = values["qr_target"]
        changed.append("qr_target_meant")
    return changed


@transaction.atomic
def confirm_hidden_address_book(*, version: int, by: User) -> bool:
    """An administrator says, with their name, that families cannot see each other in the WeCom app.

    Returns whether the account is still the one of this version, which the page showed.
    """
    shown = EnterpriseAccount.objects.filter(version=version)
    said = shown.update(address_book_hidden_by=str(by)[:200], address_book_hidden_at=timezone.now())
    if said:
        record(gettext_noop("confirmed that the address book is hidden from families"), by=by)
    return bool(said)


@transaction.atomic
def qr_still_works(*, version: int, by: User) -> bool:
    """An administrator has scanned the code that is shown. Returns whether it is still that of this version."""
    said = EnterpriseAccount.objects.filter(version=version).update(qr_tried_at=timezone.now())
    if said:
        record(gettext_noop("scanned the QR code and found that it works"), by=by)
    return bool(said)


@transaction.atomic
def pause_sending(*, by: User) -> None:
    SendingGate.objects.update(paused=True)
    record(gettext_noop("paused sending"), by=by)


@transaction.atomic
def resume_sending(*, by: User) -> None:
    SendingGate.objects.update(paused=False)
    record(gettext_noop("resumed sending"), by=by)
