"""Reads the QR code in an uploaded picture and draws it anew: what is shown later is ours, not the file's."""

import io
from urllib.parse import urlsplit

import qrcode
import zxingcpp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

from portal.pictures import NotAPicture, on_white, reduced
from portal.reading import read_address

LARGEST_FILE = 15 * 1024 * 1024  # bytes
MOST_BYTES = 2048  # of the code's text; a code that we draw ourselves holds some more
FORMATS = ("PNG", "JPEG", "WEBP")
ACCEPT = "image/png,image/jpeg,image/webp"
EXPECTED_HOSTS = frozenset({"weixin.qq.com", "work.weixin.qq.com", "open.work.weixin.qq.com"})

_KEPT = (600, 600)
_SMALLER = 2400  # a photograph is reduced to this before it is read; a QR code survives that easily


def read_qrs(upload: UploadedFile) -> tuple[list[str], bytes]:
    """(texts of the QR codes in the picture `upload`, each once; the picture, small, as a JPEG of our own making).

    The picture is drawn from its pixels alone: nothing else of the file (place, camera, hidden bytes) is kept.
    Raises ValidationError where there is no code.
    """
    image = _open(upload)
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    codes = [code.text for code in zxingcpp.read_barcodes(image, formats=only) if code.text]
    if not codes:
        raise ValidationError(
            _("This picture contains no QR code. Upload the picture of the QR code itself, large and sharp.")
        )
    found = {code for code in codes if _is_address(code)}
    if not found:
        raise ValidationError(
            _(
                "The code in this picture leads to no address, so WeChat could open nothing. Upload the school's own code."
            )
        )
    image.thumbnail(_KEPT)
    data = io.BytesIO()
    Image.frombytes("L", image.size, image.tobytes()).save(data, "JPEG", quality=75, optimize=True)
    return sorted(found), data.getvalue()


def _is_address(text: str) -> bool:
    try:
        return bool(read_address(text)) and len(text.encode()) <= MOST_BYTES
    except ValidationError:
        return False


def makes_people_join(target: str) -> bool:
    """The console has two codes that look alike: this one adds people to the company and does not let them follow."""
    return urlsplit(target).path.startswith("/join/")


def host_of(target: str) -> str:
    """The host a telephone opens: to it a backslash is a slash, and a letter of another alphabet is its xn-- name."""
    host = (urlsplit(target.replace("\\", "/")).hostname or "").rstrip(".")
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def leads_to_wechat(target: str) -> bool:
    return host_of(target) in EXPECTED_HOSTS | {host_of(settings.WECOM_API_BASE)}


def _open(upload: UploadedFile) -> Image.Image:
    size = upload.size or 0
    if size > LARGEST_FILE:
        raise ValidationError(
            _("The picture must be 15 MB or smaller; it has %(size).1f MB.") % {"size": size / 1048576}
        )
    head = upload.read(512)
    upload.seek(0)
    if b"<svg" in head.lower():
        raise ValidationError(_("This is an SVG drawing. Save it as PNG or take a screenshot of it."))
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        raise ValidationError(_("This is a HEIC picture. Save it as JPEG or take a screenshot of it."))
    try:
        return on_white(reduced(upload, FORMATS, _SMALLER)).convert("L")
    except NotAPicture:
        raise ValidationError(_("This file is not a PNG, JPEG or WebP picture, or it is damaged.")) from None


def draw_qr(text: str) -> bytes:
    """A PNG, bytes, with the full quiet zone; some 400 pixels wide."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    code.box_size = max(4, 400 // (code.modules_count + 8))
    data = io.BytesIO()
    code.make_image().get_image().convert("L").save(data, "PNG", optimize=True)
    return data.getvalue()
