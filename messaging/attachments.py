"""Attachments: checked when they are chosen, uploaded to WeCom once when sending starts, never before."""

import io
import logging
import unicodedata
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from wechat_admin.connection.clients import upload_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.bodies import MEDIA, MEGABYTE
from wechat_admin.wecom.errors import WeComError, WeComMisconfigured, WeComRateLimited, WeComRejected

from .models import Kind, Message
from .sending import pause

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=2.5)  # WeCom keeps what was uploaded for three days
MOST_UPLOADS = 5
_PICTURE = (1068, 1068)  # an article's; WeCom's best is 1068 by 455


def check(kind, upload):
    """The bytes of an uploaded file as they will go out, and its name. Raises ValidationError with a sentence."""
    limit, name = MEDIA[kind], clean_name(upload.name)
    if limit.endings and not name.lower().endswith(limit.endings):
        raise ValidationError(_("Choose a file that ends in %(endings)s.") % {"endings": ", ".join(limit.endings)})
    if upload.size < limit.least:
        raise ValidationError(_("The file is empty, or too small for WeCom: it must be larger than 5 bytes."))
    if upload.size > limit.most:
        raise ValidationError(
            _("The file must be %(most)d MB or smaller; it has %(size).1f MB.")
            % {"most": limit.most // MEGABYTE, "size": upload.size / MEGABYTE}
        )
    data = upload.read()
    if kind == Kind.IMAGE:
        redraw(data)
    elif kind == Kind.VIDEO and data[4:8] != b"ftyp":
        raise ValidationError(_("This is not an MP4 video, whatever its name says."))
    return name, data


def clean_name(name):
    """A file's name as receivers see it, in any script; without what would break the header or a screen."""
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '"\\/<>|:*?')
    return name[-120:] or "file"


def redraw(data):
    """The picture as PNG or JPEG of our own making, small enough for an article. Raises ValidationError."""
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.size[0] * image.size[1] > 50_000_000:
            raise ValidationError(_("The picture must have 50 megapixels or less."))
        image = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValidationError(_("This file is not a PNG or JPEG picture, or it is damaged.")) from None
    image.thumbnail(_PICTURE)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


# --- the worker ---


def upload_due():
    """Upload what the messages at work need and WeCom does not hold; until then none of their batches is claimed."""
    account = EnterpriseAccount.objects.sending_allowed().first()
    if account is None or not account.is_linked:
        return
    for message in Message.objects.to_upload(account)[:20]:
        if message.uploads >= MOST_UPLOADS:
            pause([message.pk], Message.PausedReason.ATTACHMENT)
            continue
        try:
            _upload(message, upload_client(account))
        except WeComMisconfigured as error:
            EnterpriseAccount.objects.hold(error.code)
            return
        except WeComRateLimited:
            EnterpriseAccount.objects.wait()
            return
        except WeComRejected as error:
            pause([message.pk], Message.PausedReason.ATTACHMENT, error.code)
        except WeComError as error:
            log.warning("An attachment could not be uploaded: %s", error)


def _upload(message, client):
    attachment = message.attachments.filter(role="body").first()
    if attachment is None:
        pause([message.pk], Message.PausedReason.ATTACHMENT)
        return
    media_id = client.upload(message.kind, attachment.name, bytes(attachment.data))
    message.attachments.filter(pk=attachment.pk).update(media_id=media_id)
    Message.objects.filter(pk=message.pk).update(media_until=Now() + KEPT_FOR, uploads=F("uploads") + 1)
