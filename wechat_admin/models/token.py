from django.db import models

from portal.crypto import EncryptedField


class Token(models.Model):
    """An access token of one secret, or the errcode with which WeCom refused that secret, and when."""

    key = models.CharField(max_length=64, primary_key=True)
    token = EncryptedField()
    expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)
    refused_code = models.IntegerField(null=True)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.key[:8]
