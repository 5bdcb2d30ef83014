"""What can be sent, kind by kind, and the files that are uploaded for it."""

import re
import secrets

from . import limits
from .clock import DAY, now
from .models import Media
from .refusal import Refusal

MOST_BYTES = 2048


def media_upload(request):
    kind = request.query.get("type")
    if kind not in UPLOADS:
        raise Refusal(40004, "invalid media type")
    # A name as filename*=utf-8''… is not understood: the part counts as empty.
    part = re.search(rb'name="media"; filename="([^"]*)"[^\r]*\r\n(?:[^\r]+\r\n)*\r\n(.*)\r\n--', request.raw, re.S)
    if part is None or not part[2]:
        raise Refusal(44001, "empty media data")
    most = UPLOADS[kind]
    if not 5 < len(part[2]) <= most:
        raise Refusal(45001, "media size out of limit")
    if kind == "image" and len(part[2]) > (limits.limit("image_bytes") or most):
        raise Refusal(40009, "invalid image size")
    if kind == "image" and not part[2].startswith(IMAGES):
        raise Refusal(40123, "invalid image")
    if kind == "video" and part[2][4:8] != b"ftyp":
        raise Refusal(40005, "not an MP4")
    media = Media.objects.create(
        media_id=secrets.token_urlsafe(40),
        kind=kind,
        name=part[1].decode(errors="replace")[:255],
        data=part[2],
        until=now() + 3 * DAY,
    )
    return {"errmsg": "", "type": kind, "media_id": media.media_id, "created_at": str(int(now()))}


UPLOADS = {"image": 10 * 1024 * 1024, "video": 10 * 1024 * 1024, "file": 20 * 1024 * 1024}
IMAGES = (b"\xff\xd8", b"\x89PNG")


# --- what each kind says, as the phone shows it: {text, content, was_cut} ---


def shown(kind, content, settings):
    """Raises Refusal. Where a document says "cut", what is beyond is gone without a word."""
    short = Cutting(content)
    if kind == "text" and settings["long_text_refused"] and len(str(content.get("content")).encode()) > MOST_BYTES:
        raise Refusal(45002, "text too long")
    return {"text": KINDS[kind](short), "content": short.content, "was_cut": short.was_cut}


def cut(text, most):
    return text.encode()[:most].decode(errors="ignore")


class Cutting:
    """The content of a message, its texts read by type and cut to length."""

    def __init__(self, content):
        self.content, self.was_cut = dict(content), False

    def text(self, name, most, missing=None):
        """Cut to `most` bytes; refused with the code `missing` if there is none."""
        text = self.content.get(name)
        if text is not None and not isinstance(text, str):
            raise Refusal(40058, f"{name} is not a string")
        if not text and missing:
            raise Refusal(missing, f"{name} missing")
        short = cut(text or "", most)
        if short != (text or ""):
            self.content[name], self.was_cut = short, True
        return short


def of_text(content):
    return content.text("content", MOST_BYTES, missing=44004)


def of_media(kind):
    def check(content):
        media_id = content.text("media_id", 512, missing=41006)
        media = Media.objects.filter(media_id=media_id, kind=kind).first()
        if media is None:
            raise Refusal(40007, "invalid media_id")
        if media.until < now():
            raise Refusal(40145, "media_id expired")
        content.text("title", 128)
        content.text("description", 512)
        return f"[{kind}] {media.name}"

    return check


def check_address(address, missing):
    if not address:
        raise Refusal(missing, "url missing")
    if not isinstance(address, str) or not re.match(r"https?://", address, re.I):
        raise Refusal(45034, "url format is illegal")
    if len(address.encode()) > 2048:
        raise Refusal(40039, "url too long")


def of_card(content):
    # Characters in the manual, bytes in older copies; nobody says what becomes of the rest.
    title = content.text("title", 128, missing=41016)
    description = content.text("description", 512, missing=41033)
    check_address(content.content.get("url"), missing=41010)
    content.text("btntxt", 12)
    return f"[textcard] {title}: {description}"


def of_news(content):
    articles = content.content.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
        raise Refusal(40058, "articles missing")
    if len(articles) > 8:
        raise Refusal(45008, "article size out of limit")
    parts = [Cutting(article) for article in articles]
    titles = [part.text("title", 128, missing=41016) for part in parts]
    for part in parts:
        part.text("description", 512)
        check_address(part.content.get("url"), missing=41010)
        if part.content.get("picurl"):
            check_address(part.content["picurl"], missing=40094)
    content.content["articles"] = [part.content for part in parts]
    content.was_cut = any(part.was_cut for part in parts)
    return "[news] " + "; ".join(titles)


KINDS = {
    "text": of_text,
    "image": of_media("image"),
    "video": of_media("video"),
    "file": of_media("file"),
    "textcard": of_card,
    "news": of_news,
}
