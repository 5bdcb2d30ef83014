"""A correction: a draft to exactly those whom a message went to, which says what it is."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from portal import languages
from portal.people.models import User
from wechat_admin.wecom.bodies import TITLE_BYTES

from ..kinds import Kind, size_of
from ..models import Message, State
from .actions import copy, those_of

# Whom it went to, went to perhaps, or still goes to. The others need no correction.
HAVE_IT = (State.ACCEPTED, State.PARTLY, State.UNKNOWN, State.WAITING)


def correct(*, message: Message, by: User, creation: str = "") -> Message:
    """A picture or file says no word, so it is corrected by a text; everything else is there to be mended."""
    content = _said(message) if message.shape.has_words or message.shape.has_articles else _in_a_text()
    return copy(
        message=message, by=by, creation=creation, rule={"include": [those_of(message, HAVE_IT)]}, content=content
    )


def _said(message: Message) -> dict[str, Any]:
    content = {
        "text": _correction(message.text, message.language_of_text) if message.text else "",
        "translations": {code: _correction(text, code) for code, text in message.translations.items()},
    }
    title = _correction(message.title)
    if message.title and size_of(title) <= TITLE_BYTES:
        content["title"] = title
    return content


def _in_a_text() -> dict[str, Any]:
    return {"kind": Kind.TEXT, "text": _correction("")}


def _correction(text: str, language: str | None = None) -> str:
    """The word in the language of the text; of a title nobody has said which that is, but its letters tell."""
    with override(language or languages.written_in(text)):
        return _("Correction: %(text)s") % {"text": text}
