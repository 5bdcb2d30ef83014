"""What django-allauth's mfa asks its project: how secrets are kept, and by which names telephones show the portal."""

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from portal.crypto import closed, opened

CONTEXT = "second factor"


class Unreadable(Exception):
    """What stands in the row opens with none of the portal's keys."""


class Adapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return closed(text, CONTEXT)

    def decrypt(self, encrypted_text):
        text = opened(encrypted_text, CONTEXT)
        if text is None:
            raise Unreadable
        return text

    def get_totp_issuer(self):
        return settings.SCHOOL_NAME

    def get_totp_label(self, user):
        return user.username

    def get_public_key_credential_rp_entity(self):
        """A passkey belongs to the name of a host, without its port."""
        return {"id": context.request.get_host().partition(":")[0], "name": settings.SCHOOL_NAME}

    def get_public_key_credential_user_entity(self, user):
        return {"id": str(user.pk).encode(), "display_name": str(user), "name": user.username}
