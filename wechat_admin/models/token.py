from django.db import models

from portal.crypto import EncryptedField

from ..wecom.tokens import token_key


class Token(models.Model):
    """An access token of one secret, or the errcode with which WeCom refused that secret for good."""

    key = models.CharField(max_length=64, primary_key=True)
    token = EncryptedField()
    expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)
    refused_code = models.IntegerField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.key[:8]


def refused_secret(corporation_id, secret):
    """The errcode with which WeCom refused this secret of this corporation before, or None."""
    key = token_key(corporation_id, secret.reveal())
    return Token.objects.filter(key=key).values_list("refused_code", flat=True).first()
