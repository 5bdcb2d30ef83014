"""Files as they are chosen: checked, named, redrawn."""

import io
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal import uploads
from portal.pictures import NotAPicture, on_white, reduced
from portal.school.table import value
from portal.uploads import MEGABYTE, MOST_TOGETHER
from wechat_admin.wecom import bodies

from .videos import without_what_was_noted

# Of files that open on a phone and run nothing.
ENDINGS = tuple(
    [
        ".pdf",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ppt",
        ".pptx",
        ".txt",
        ".csv",
        ".ics",
        ".jpg",
        ".jpeg",
        ".png",
        ".mp3",
        ".m4a",
        ".mp4",
    ]
)
# Pictures that would leave as they are, with the place where they were taken: nothing here redraws them.
_NOT_REDRAWN: tuple[str, ...] = (
    ".apng",
    ".avif",
    ".bmp",
    ".gif",
    ".heic",
    ".heif",
    ".hif",
    ".jfif",
    ".jif",
    ".jp2",
    ".jpe",
    ".jxl",
)
_NOT_REDRAWN += (".pjp", ".pjpeg", ".tif", ".tiff", ".webp")
_NOT_REDRAWN += (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2")  # of cameras
# The longest side, in pixels.
_MESSAGE_PICTURE = 2560
_ARTICLE_PICTURE = 1068  # WeCom's best is 1068 by 455


def limits_in_words(limit):
    """What may be chosen, said before it is."""
    words = _("A file that ends in %(endings)s.") % {"endings": ", ".join(endings_of(limit))}
    words += " " + _("%(most)d MB at most.") % {"most": most_of(limit) // MEGABYTE}
    if limit == bodies.MEDIA["image"]:
        return words + " " + _("A large photograph is reduced.")
    if ".pdf" in endings_of(limit):
        words += " " + _(
            "Documents leave as they are: with the name of their author, and photographs in them with their place."
        )
    return words


def most_of(limit):
    """How large what is chosen may be, in bytes; a picture is reduced to what WeCom takes."""
    return MOST_TOGETHER if limit == bodies.MEDIA["image"] else limit.most


def attributes(limit):
    """What the page asks of a file before it travels: a picture is made smaller here, whatever it is sent as."""
    return uploads.limits(limit.most, MOST_TOGETHER) | {"accept": ",".join(endings_of(limit))}


def endings_of(limit):
    """What a file's name may end in: WeCom's endings, else ours and those that the school has added."""
    added = [ending for ending in read_endings(value("file_endings")) if ending not in _NOT_REDRAWN]
    return limit.endings or (*ENDINGS, *added)


def read_endings(text):
    """ ".odt ZIP" as (".odt", ".zip"). Raises ValidationError for what is no ending."""
    endings = [item.lower().removeprefix(".") for item in text.replace(",", " ").split()]
    for ending in endings:
        if not (ending.isascii() and ending.isalnum() and len(ending) <= 8):
            raise ValidationError(_("“%(ending)s” is not an ending such as odt.") % {"ending": ending})
    return tuple(f".{ending}" for ending in endings)


def check_endings(text):
    """What the school may add. Raises ValidationError with a sentence."""
    for ending in read_endings(text):
        if ending in _NOT_REDRAWN:
            raise ValidationError(
                _(
                    "%(ending)s is a kind of picture that would be sent with what the camera noted, as the place. Send "
                    "photographs as .jpg or .png."
                )
                % {"ending": ending}
            )


def check(shape, upload):
    """An uploaded file's name and bytes, as a kind of this shape will send them. Raises ValidationError with a sentence."""
    limit, name = shape.media, clean_name(upload.name)
    endings = endings_of(limit)
    if not name.lower().endswith(endings):
        raise ValidationError(_("Choose a file that ends in %(endings)s.") % {"endings": ", ".join(endings)})
    if upload.size < limit.least:
        raise ValidationError(_("The file is empty, or too small for WeCom: it must be larger than 5 bytes."))
    # A photograph leaves redrawn whatever it is sent as: the original knows where it was taken.
    if name.lower().endswith(bodies.MEDIA["image"].endings):
        return name, redraw_message_picture(name, upload)
    if upload.size > limit.most:
        raise ValidationError(
            _("The file must be %(most)d MB or smaller; it has %(size).1f MB.")
            % {"most": limit.most // MEGABYTE, "size": upload.size / MEGABYTE}
        )
    data = upload.read()
    if shape.looks_right:
        shape.looks_right(data)
    return name, without_what_was_noted(data) if data[4:8] == b"ftyp" else data


def clean_name(name):
    """A file's name as receivers see it, in any script; without what would break the header or a screen."""
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '"\\/<>|:*?')
    return name[-120:] or "file"


def check_video(data):
    if data[4:8] != b"ftyp":
        raise ValidationError(_("This is not an MP4 video, whatever its name says."))


def redraw_message_picture(name, upload):
    """A picture or photograph as it is sent, in the format of its name, reduced as far as WeCom wants it."""
    image = _reduced(upload, _MESSAGE_PICTURE)
    ends_in_png = name.lower().endswith(".png")
    most = bodies.MEDIA["image"].most
    while True:
        data = _drawn(image, "PNG") if ends_in_png else _drawn(on_white(image), "JPEG", quality=90)
        if len(data) <= most:
            return data
        image.thumbnail((image.width * 3 // 4, image.height * 3 // 4))


def redraw_article_picture(upload):
    """As a JPEG, small enough for an article."""
    return _drawn(on_white(_reduced(upload, _ARTICLE_PICTURE)), "JPEG", quality=85)


def _reduced(upload, side):
    try:
        return reduced(upload, ("PNG", "JPEG"), side)
    except NotAPicture:
        raise ValidationError(_("This file is not a PNG or JPEG picture, or it is damaged.")) from None


def _drawn(image, kind, **options):
    """Without `info`, which is what the file came with."""
    out = io.BytesIO()
    image.info = {}
    image.save(out, kind, optimize=True, **options)
    return out.getvalue()
