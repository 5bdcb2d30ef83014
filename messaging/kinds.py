"""What can be sent, and what a message of each kind cannot go without."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wechat_admin.wecom.bodies import MEDIA


class Kind(models.TextChoices):
    """What can be sent, by WeCom's names. Other kinds of WeCom's do not show in WeChat, so they are not offered."""

    TEXT = "text", _("Text")
    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    FILE = "file", _("File")
    CARD = "textcard", _("Link card")
    NEWS = "news", _("Article")


KINDS_WITHOUT_MEDIA = [Kind.TEXT, Kind.CARD, Kind.NEWS]
# A file and a picture carry no words of their own.
KINDS_WITH_TEXT = [Kind.TEXT, Kind.CARD, Kind.VIDEO]


def missing_parts(kind, *, text, title, address, file, articles):
    """[(field of the form or None, what to do)] for what a message of this kind cannot go without."""
    needed = [
        ("text", kind in (Kind.TEXT, Kind.CARD) and not text, gettext("Write a message.")),
        ("title", kind in (Kind.CARD, Kind.VIDEO) and not title, gettext("Write a title.")),
        ("address", kind == Kind.CARD and not address, gettext("Write the address the card leads to.")),
        ("file", kind in MEDIA and not file, gettext("Choose the file to send.")),
        (None, kind == Kind.NEWS and not articles, gettext("Add at least one article.")),
    ]
    return [(field, sentence) for field, is_missing, sentence in needed if is_missing]


def what_is_missing(message):
    """Why the message cannot go out as it stands, in a sentence, or None."""
    missing = missing_parts(
        message.kind,
        text=message.text,
        title=message.title,
        address=message.address,
        file=message.has_file,
        articles=message.articles,
    )
    return missing[0][1] if missing else None
