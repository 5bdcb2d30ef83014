from django.db import models

from portal.crypto import EncryptedField


class Token(models.Model):
    """An access token of one secret, or the errcode with which WeCom refused that secret, and when."""

    key = models.CharField(max_length=64, primary_key=True)
    token = EncryptedField()
    expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)
    # Counts the tokens of this secret. Each call carries the number of its own, so that late refusals of an old one
    # do not take the new one away.
    generation = models.PositiveIntegerField(db_default=0, default=0)
    # This one was fetched because the one before was refused, and no call of it has succeeded yet.
    is_on_trial = models.BooleanField(db_default=False, default=False)
    refused_code = models.IntegerField(null=True)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key[:8]
