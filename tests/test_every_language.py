"""Every page once in every language: no English sentence of ours is left in it."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings

from tests.test_permissions import TABLE, client_of, every_answer
from wechat_admin.demo import make_account

OTHERS = [code for code in settings.LANGUAGE_NAMES if code != settings.LANGUAGE_CODE]
# Three words of a sentence, one behind the other, where nothing else is said: names of people and things have capitals.
ENGLISH = re.compile(r"\b[A-Za-z’']+ [a-z’']+ [a-z’']+\b")
CHINESE = re.compile(r"[㐀-鿿]")
# What somebody at the school has written is in their language.
WRITTEN = ("The school closes at", "Template for ")
SAID_BY = {"title", "aria-label", "placeholder", "alt", "content"}
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "source", "wbr"}


class Said(HTMLParser):
    """What a page says to people, in pieces; not what says of itself that it is in English."""

    def __init__(self):
        super().__init__()
        self.pieces, self.open = [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        is_silent = tag in ("script", "style", "code", "pre", "textarea") or attributes.get("lang") == "en"
        if not (is_silent or self._is_silent):
            self.pieces += [value for name, value in attrs if name in SAID_BY and value]
        if tag not in VOID:
            self.open.append((tag, is_silent))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self._is_silent:
            self.pieces.append(" ".join(data.split()))

    @property
    def _is_silent(self):
        return any(is_silent for _tag, is_silent in self.open)


def english_in(response):
    page = Said()
    page.feed(response.content.decode())
    ours = [piece for piece in page.pieces if not piece.startswith(WRITTEN) and not CHINESE.search(piece)]
    return [piece for piece in ours if ENGLISH.search(piece)]


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize("role", ["nobody", "contact", "administrator"])
@pytest.mark.parametrize("language", OTHERS)
def test_no_page_says_an_english_sentence_in_another_language(language, role, doorbells, all_of_us_work):
    make_account(qr_picture=b"a picture")
    client, user = client_of(role)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    found, pages = {}, 0
    for name, response in every_answer(client, user, all_of_us_work):
        if TABLE[name][2] == "get" and response.headers.get("Content-Type", "").startswith("text/html"):
            pages += 1
            found |= {name: said} if (said := english_in(response)) else {}
    assert pages > 5
    assert {name: set(said) for name, said in found.items()} == {}
