"""Files as they are chosen: checked, named, redrawn."""

import io
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from wechat_admin.wecom.bodies import MEGABYTE

_PICTURE = (1068, 1068)  # an article's; WeCom's best is 1068 by 455


def limits_in_words(limit):
    """What may be chosen, said before it is."""
    words = _("%(most)d MB at most.") % {"most": limit.most // MEGABYTE}
    if limit.endings:
        words = _("A file that ends in %(endings)s.") % {"endings": ", ".join(limit.endings)} + f" {words}"
    return words


def check(shape, upload):
    """An uploaded file's name and bytes, as a kind of this shape will send them. Raises ValidationError with a sentence."""
    limit, name = shape.media, clean_name(upload.name)
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
    if shape.looks_right:
        shape.looks_right(data)
    return name, data


def clean_name(name):
    """A file's name as receivers see it, in any script; without what would break the header or a screen."""
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '"\\/<>|:*?')
    return name[-120:] or "file"


def check_video(data):
    if data[4:8] != b"ftyp":
        raise ValidationError(_("This is not an MP4 video, whatever its name says."))


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
