"""One search over the help pages that the reader may read, in their language. A word counts most in a page's title, less
in a heading, least in the text; of a run of Chinese characters every two that stand together are a word."""

import re
import unicodedata
from dataclasses import dataclass
from html import unescape

from django.utils.html import format_html, format_html_join, strip_tags

from .pages import Page, pages_for

LONGEST = 100  # characters of what is searched for that are read
_IN_TITLE, _IN_HEADING, _IN_TEXT = 9, 4, 1
_ENOUGH = 0.4  # of the words must stand in a section: somebody who asks in a sentence finds something too
_AROUND = 80  # characters shown on either side of the first word found
_CHINESE = r"[㐀-鿿豈-﫿]"


@dataclass(frozen=True)
class Section:
    """What stands under one heading of a page; under none, before the first."""

    page: Page
    anchor: str
    heading: str
    text: str

    @property
    def label(self):
        return f"{self.page.title} · {self.heading}" if self.heading else self.page.title

    def worth(self, words):
        title, heading, text = map(_plain, (str(self.page.title), self.heading, self.text))
        worths = [
            _IN_TITLE * (word in title) + _IN_HEADING * (word in heading) + _IN_TEXT * (word in text) for word in words
        ]
        share = sum(map(bool, worths)) / len(words)
        return sum(worths) * share if share >= _ENOUGH else 0

    def excerpt(self, words):
        """A part of the text in which the words found are marked."""
        found = [at for at in (_plain(self.text).find(word) for word in words) if at >= 0]
        begin = max(min(found, default=0) - _AROUND, 0)
        part = self.text[begin : begin + 3 * _AROUND]
        pieces = re.split("(" + "|".join(map(re.escape, words)) + ")", part, flags=re.IGNORECASE)
        marked = format_html_join("", "{}", ((_mark(piece, number % 2),) for number, piece in enumerate(pieces)))
        return format_html("{}{}{}", "… " if begin else "", marked, " …" if begin + len(part) < len(self.text) else "")


def _mark(piece, is_found):
    return format_html("<mark>{}</mark>", piece) if is_found else piece


def find(question, user):
    """[(Section, its excerpt)] that answer the question, the best first."""
    words = words_of(question)
    if not words:
        return []
    found = [(section.worth(words), section) for page in pages_for(user) for section in sections(page)]
    best = sorted((pair for pair in found if pair[0]), key=lambda pair: -pair[0])
    return [(section, section.excerpt(words)) for _worth, section in best]


def words_of(question):
    """The words searched for: “messages” finds “message” too."""
    words = []
    for run in re.findall(rf"{_CHINESE}+|[^\W㐀-鿿豈-﫿]+", _plain(question[:LONGEST])):
        if re.match(_CHINESE, run):
            words += [run[at : at + 2] for at in range(max(len(run) - 1, 1))]
        else:
            words.append(run[:-1] if len(run) > 3 and run.endswith("s") else run)
    return list(dict.fromkeys(words))


def sections(page):
    """The Sections of a page in their order."""
    first, *others = re.split(r'<h2 id="([^"]+)">(.*?)</h2>', page.text, flags=re.DOTALL)
    found = [Section(page, "", "", _said(first))]
    for anchor, heading, html in zip(others[::3], others[1::3], others[2::3], strict=True):
        found.append(Section(page, anchor, _said(heading), _said(html)))
    return [section for section in found if section.heading or section.text]


def _said(html):
    return " ".join(unescape(strip_tags(html.replace("<", " <"))).split())


def _plain(text):
    return unicodedata.normalize("NFKC", text).casefold()
