from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.crypto import Secret
from portal.people.models import User

from ..models import EnterpriseAccount
from ..wecom.envelope import new_aes_key, new_token


@transaction.atomic
def set_up_callback(*, by: User, anew: bool = True) -> bool:
    """A new token and key for the callback; what the console holds of the old ones stops working.

    Returns False where there are some already and whoever asks does not say `anew`.
    """
    account = EnterpriseAccount.objects.select_for_update().first()
    if account and account.callback_token.is_stored and not anew:
        return False
    EnterpriseAccount.objects.update(
        callback_token=Secret(new_token()), callback_aes_key=Secret(new_aes_key()), callback_verified_at=None
    )
    record(gettext_noop("made a new token and key for the callback"), by=by)
    return True
