"""The TokenStore in the database: rows taken by conditional UPDATE, times by the database's clock."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from portal.crypto import Secret

from ..models import Token

MARGIN = timedelta(seconds=60)  # a token that ends within this is not used any more
LOCK = timedelta(seconds=30)  # longer than a call may take


class DatabaseTokenStore:
    def current(self, key):
        row = Token.objects.filter(key=key, expires_at__gt=Now() + MARGIN).first()
        return row.token.reveal() if row else None

    def refused(self, key):
        return Token.objects.filter(key=key).values_list("refused_code", flat=True).first()

    def may_refresh(self, key):
        Token.objects.bulk_create([Token(key=key)], ignore_conflicts=True)
        free = Token.objects.filter(Q(refreshing_until=None) | Q(refreshing_until__lt=Now()), key=key)
        return free.update(refreshing_until=Now() + LOCK) == 1

    def save(self, key, token, expires_in):
        Token.objects.filter(key=key).update(
            token=Secret(token), expires_at=Now() + timedelta(seconds=expires_in), refreshing_until=None
        )

    def refuse(self, key, errcode):
        Token.objects.filter(key=key).update(refused_code=errcode, expires_at=None, refreshing_until=None)

    def release(self, key):
        Token.objects.filter(key=key).update(refreshing_until=None)

    def drop(self, key, token):
        row = Token.objects.filter(key=key).first()
        if row and row.token == Secret(token):
            # The old expiry in the condition: a token saved meanwhile by another process stays.
            Token.objects.filter(key=key, expires_at=row.expires_at).update(expires_at=None)
