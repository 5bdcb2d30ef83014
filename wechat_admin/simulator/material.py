"""What can be sent, kind by kind, and the files that are uploaded for it."""

import re
import secrets
import time

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
    most, starts = UPLOADS[kind]
    if not 5 < len(part[2]) <= most:
        raise Refusal(45001, "media size out of limit")
    if starts and not part[2][:12].startswith(starts):
        raise Refusal(40123, "invalid image") if kind == "image" else Refusal(40005, "invalid file type")
    media = Media.objects.create(
        media_id=secrets.token_urlsafe(40),
        kind=kind,
        name=part[1].decode(),
        data=part[2],
        until=time.time() + 3 * 86400,
    )
    return {"errmsg": "", "type": kind, "media_id": media.media_id, "created_at": str(int(time.time()))}


UPLOADS = {
    "image": (10 * 1024 * 1024, (b"\xff\xd8", b"\x89PNG")),
    "video": (10 * 1024 * 1024, ()),
    "file": (20 * 1024 * 1024, ()),
}


# --- what each kind says, as WeChat would show it ---


def cut(text, most):
    return text.encode()[:most].decode(errors="ignore")


def of_text(content):
    text = content.get("content")
    if not isinstance(text, str) or not text:
        raise Refusal(44004, "text content empty")
    return cut(text, MOST_BYTES)


def of_media(kind):
    def check(content):
        media_id = content.get("media_id")
        if not media_id:
            raise Refusal(41006, "media_id missing")
        media = Media.objects.filter(media_id=media_id, kind=kind).first()
        if media is None:
            raise Refusal(40007, "invalid media_id")
        if media.until < time.time():
            raise Refusal(40145, "media_id expired")
        return f"[{kind}] {media.name}"

    return check


def check_address(address):
    if not isinstance(address, str) or not re.match(r"https?://", address) or len(address.encode()) > 2048:
        raise Refusal(45034, "url format is illegal")


def of_card(content):
    if not content.get("title") or not content.get("description"):
        raise Refusal(44004, "content empty")
    check_address(content.get("url"))
    return f"[textcard] {cut(content['title'], 128)}: {cut(content['description'], 512)}"


def of_news(content):
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles:
        raise Refusal(44003, "empty news")
    if len(articles) > 8:
        raise Refusal(45008, "article size out of limit")
    for article in articles:
        if not article.get("title"):
            raise Refusal(44004, "title empty")
        check_address(article.get("url"))
    return "[news] " + "; ".join(cut(article["title"], 128) for article in articles)


KINDS = {
    "text": of_text,
    "image": of_media("image"),
    "video": of_media("video"),
    "file": of_media("file"),
    "textcard": of_card,
    "news": of_news,
}
