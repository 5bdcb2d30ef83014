from django.utils.translation import gettext_lazy as _

from portal.audit.words import acts, labels, vocabulary

from .models import EnterpriseAccount

acts(
    "setup",
    "checked the connection",
    "confirmed that the address book is hidden from families",
    "hid registration",
    "looked at the Weixin / WeChat account",
    "made a new token and key for the callback",
    "made registration visible",
    "paused sending",
    "released sending after the database was put back",
    "resumed sending",
    "said how the test message came",
    "saved the Weixin / WeChat account",
    "scanned the QR code and found that it works",
    "sent a test message to themselves",
)
labels(waiting=_("messages that waited"), whole=_("came whole"))


@vocabulary
def _fields():
    return {field.name: field.verbose_name for field in EnterpriseAccount._meta.fields}
