"""What can be sent: one row for each kind, which answers for one part of a message. Behind the first part files may follow.

A new kind is a row here, its look in `checking/_bubble.html`, and its words in the catalogues.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.addresses import Site, absolute
from wechat_admin.wecom import bodies

from .material.files import check_video


class Kind(models.TextChoices):
    """By WeCom's names. Other kinds of WeCom's do not show in WeChat, so they are not offered."""

    TEXT = "text", _("Text")
    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    FILE = "file", _("File")
    CARD = "textcard", _("Link card")
    NEWS = "news", _("Article")


@dataclass(frozen=True)
class Part:
    """What one call says, as it stands in the form, in a message or in a batch."""

    kind: str
    text: str = ""
    title: str = ""
    address: str = ""
    articles: Sequence[dict] = ()
    file: Any = None  # what was just chosen, or the attachment

    @property
    def shape(self) -> "Shape":
        return KINDS[Kind(self.kind)]

    @property
    def missing(self) -> list[tuple[str, str]]:
        """[(field, what to do)] for what it cannot go without."""
        return [(field, str(MISSING[field])) for field in self.shape.needs if not getattr(self, field)]

    def saying(self, text: str, addition: str) -> "Part":
        """With these words, and behind them what makes it differ on purpose."""
        articles = [article | {"title": article["title"] + addition} for article in self.articles]
        return replace(self, text=text + addition, articles=articles)

    @property
    def content(self) -> dict[str, Any]:
        """What WeCom wants under the kind's own name."""
        return self.shape.content(self)


MISSING = {
    "text": _("Write a message."),
    "title": _("Write a title."),
    "address": _("Write the address the card leads to."),
    "file": _("Choose the file to send."),
    "articles": _("Add at least one article."),
}


@dataclass(frozen=True)
class Shape:
    """What a kind is made of. Of what it may have, `needs` names what it cannot go without."""

    content: Callable[[Part], dict]
    needs: tuple[str, ...]
    may_have: tuple[str, ...] = ()
    most_bytes: int = 0  # of its words
    media: bodies.MediaLimit | None = None
    looks_right: Callable[[bytes], Any] | None = None  # raises ValidationError about a file's bytes
    route: str = "member"
    may_be_followed: bool = False  # by files and pictures, each a part of its own

    def has(self, field: str) -> bool:
        return field in self.needs or field in self.may_have

    @property
    def has_words(self) -> bool:
        return self.has("text")

    @property
    def has_title(self) -> bool:
        return self.has("title")

    @property
    def has_address(self) -> bool:
        return self.has("address")

    @property
    def has_file(self) -> bool:
        return self.has("file")

    @property
    def is_picture(self) -> bool:
        return self.media is bodies.MEDIA["image"]

    @property
    def has_articles(self) -> bool:
        return self.has("articles")

    @property
    def is_words_alone(self) -> bool:
        return self.needs == ("text",)


def _text(part: Part) -> dict[str, Any]:
    return {"content": part.text}


def _card(part: Part) -> dict[str, Any]:
    return {"title": part.title, "description": part.text, "url": part.address}


def _file(part: Part) -> dict[str, Any]:
    """The file itself stays where it is: it may be 20 MB."""
    return {"media_id": part.file.media_id if part.file else None}


def _video(part: Part) -> dict[str, Any]:
    return _file(part) | {"title": part.title, "description": part.text}


def _news(part: Part) -> dict[str, Any]:
    return {"articles": [_article(article) for article in part.articles]}


def _article(article: dict[str, Any]) -> dict[str, Any]:
    """WeChat fetches the picture from us: it stands at an address that cannot be guessed."""
    written = {"title": article["title"], "url": article["url"]}
    if article.get("description"):
        written["description"] = article["description"]
    if article.get("picture"):
        written["picurl"] = absolute(Site.FAMILIES, reverse("messaging:article-picture", args=[article["picture"]]))
    return written


KINDS = {
    Kind.TEXT: Shape(_text, needs=("text",), most_bytes=bodies.TEXT_BYTES, may_be_followed=True),
    Kind.IMAGE: Shape(_file, needs=("file",), media=bodies.MEDIA["image"], may_be_followed=True),
    Kind.VIDEO: Shape(
        _video,
        needs=("title", "file"),
        may_have=("text",),
        most_bytes=bodies.DESCRIPTION_BYTES,
        media=bodies.MEDIA["video"],
        looks_right=check_video,
    ),
    Kind.FILE: Shape(_file, needs=("file",), media=bodies.MEDIA["file"], may_be_followed=True),
    Kind.CARD: Shape(_card, needs=("text", "title", "address"), most_bytes=bodies.DESCRIPTION_BYTES),
    Kind.NEWS: Shape(_news, needs=("articles",)),
}
MOST_FOLLOWING = 5
KINDS_WITH_A_FILE = [kind for kind, shape in KINDS.items() if shape.has_file]


def kinds_with(part: str) -> str:
    """The kinds whose shape says so, in one line, for a page that shows and hides fields."""
    return " ".join(kind for kind, shape in KINDS.items() if getattr(shape, part))


def kind_of_file(name: str) -> Kind:
    """As what a file of this name follows: WeChat shows a picture, anything else is opened."""
    return Kind.IMAGE if name.lower().endswith(bodies.MEDIA["image"].endings) else Kind.FILE


def size_of(text: str) -> int:
    """Bytes as WeCom counts them."""
    return len(text.encode())
