"""The TokenStore in the database: rows taken by conditional UPDATE, times by the database's clock."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, F, Q
from django.db.models.functions import Now

from portal.crypto import Secret
from portal.ledger import mark
from portal.ledger.models import Mark

from ..models import Token
from ..wecom.codes import GETTOKEN
from ..wecom.errors import NoToken
from ..wecom.faults import Fault
from ..wecom.tokens import AccessToken

MARGIN = timedelta(seconds=60)  # a token that ends within this is not used any more
LOCK = timedelta(seconds=30)  # longer than a call may take
# A refused secret is tried again by itself so often: some 2,000 wrong tries an hour ban our address.
TRIED_AGAIN_AFTER = timedelta(minutes=30) / settings.SENDING_TIME_SCALE

_NOT_REFUSED_LATELY = Q(refused_at=None) | Q(refused_at__lte=Now() - TRIED_AGAIN_AFTER)


_HERE_IS_A_COPY = Exists(Mark.objects.filter(held=Mark.Held.STAGING))


class DatabaseTokenStore:
    """In a copy to try things on there is no token to be had, so that nothing whatever is asked of the real company."""

    def current(self, key: str) -> AccessToken | None:
        row = Token.objects.filter(~_HERE_IS_A_COPY, key=key, expires_at__gt=Now() + MARGIN).first()
        # One that cannot be read any more is fetched anew.
        return AccessToken(row.token.reveal(), row.generation, row.is_on_trial) if row and row.token else None

    def refused(self, key: str) -> int | None:
        lately = Token.objects.filter(key=key).exclude(_NOT_REFUSED_LATELY)
        return lately.values_list("refused_code", flat=True).first()

    def forget_refusal(self, key: str) -> None:
        Token.objects.filter(key=key).update(refused_code=None, refused_at=None)

    def may_refresh(self, key: str) -> bool:
        if mark.is_staging():
            raise NoToken(GETTOKEN, reason="this is a copy for staging", fault=Fault.COPY)
        Token.objects.bulk_create([Token(key=key)], ignore_conflicts=True)
        # Of two who find the half hour over at once, the second must not try as well.
        free = Token.objects.filter(
            _NOT_REFUSED_LATELY, Q(refreshing_until=None) | Q(refreshing_until__lt=Now()), key=key
        )
        return free.update(refreshing_until=Now() + LOCK) == 1

    def save(self, key: str, token: str, expires_in: int) -> AccessToken:
        row = Token.objects.filter(key=key)
        row.update(
            token=Secret(token),
            expires_at=Now() + timedelta(seconds=expires_in),
            refreshing_until=None,
            generation=F("generation") + 1,
            refused_code=None,
            refused_at=None,
        )
        return AccessToken(token, *row.values_list("generation", "is_on_trial").get())

    def refuse(self, key: str, errcode: int) -> None:
        Token.objects.filter(key=key).update(
            refused_code=errcode, refused_at=Now(), expires_at=None, refreshing_until=None
        )

    def release(self, key: str) -> None:
        Token.objects.filter(key=key).update(refreshing_until=None)

    def token_refused(self, key: str, generation: int) -> bool:
        """A refusal of an older generation, or of one that is gone already, changes nothing."""
        this = Token.objects.filter(key=key, generation=generation, expires_at__isnull=False)
        if this.filter(is_on_trial=True).update(expires_at=None):
            return False
        this.update(expires_at=None, is_on_trial=True)
        return True

    def token_works(self, key: str, generation: int) -> None:
        this = Token.objects.filter(key=key, generation=generation, expires_at__isnull=False)
        this.update(is_on_trial=False)
