"""The one reader of what people type or paste: width, case, marks nobody sees, separators, a spreadsheet's habits.

`key` says which things are one and the same. `resemblance` and `for_search` fold more than that: what is alike for an
eye or for a search is not the same for it, so neither of them ever decides who somebody is.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol, TypeVar

# Marks that take no room, beside those Unicode calls format characters: fillers, joiners, variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# What most of a file is written in: no width to fold there, and nothing unseen. A short way, to the same result.
_ORDINARY = re.compile("[ -~\u4e00-\u9fff]*")
_SEPARATORS = re.compile(r"[;；,，、|｜\n\r\t]")
_WIDE = str.maketrans({"；": ";", "＝": "=", "﹔": ";", "﹦": "="})
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－ー"), "-")
# Letters of other alphabets that look like Latin ones.
_ALIKE = str.maketrans("авекмнорстухαβεζηικμνορτυχ", "abekmhopctyxabezhikmnoptyx")
_NOT_SEARCHED = re.compile("[^0-9a-z @\u4e00-\u9fff]")
# Letters that no accent can be taken off.
_PLAIN = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def visible(text: str) -> str:
    """`text` without marks nobody sees, and with single blanks between its words."""
    if _ORDINARY.fullmatch(text):
        return " ".join(text.split())
    words = _UNSEEN.sub("", text).split()
    return " ".join("".join(c for c in word if unicodedata.category(c) not in ("Cf", "Cc")) for word in words).strip()


def plain(text: str) -> str:
    """The same in the usual width: "Ｔ－０１" is "T-01"."""
    if _ORDINARY.fullmatch(text):
        return " ".join(text.split())
    return visible(unicodedata.normalize("NFKC", visible(text)))


def key(text: str) -> str:
    """What is one and the same has one key: without regard to width, case and marks nobody sees."""
    if _ORDINARY.fullmatch(text):
        return " ".join(text.lower().split())
    return unicodedata.normalize("NFKC", plain(text).casefold())


class Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def of_the_same_name(rows: Iterable[T], name: str) -> T | None:
    """The first of these rows that is called the same, or None; for the few that people name themselves."""
    return next((row for row in rows if key(row.name) == key(name)), None)


def same_separators(text: str) -> str:
    """`text` with the separators of an English keyboard: ； and ＝ as ; and =."""
    return text.translate(_WIDE)


def dashes_alike(text: str) -> str:
    """`text` with every dash and hyphen as the one of a keyboard."""
    return text.translate(_DASHES)


def items(text: str) -> list[str]:
    """What stands in a list: one a line, or between ; , 、 and the like."""
    return [item for item in map(visible, _SEPARATORS.split(text)) if item]


def is_shortened(text: str) -> bool:
    """Whether a spreadsheet took a number that is a name for a quantity: 1.3E+10, 101.0. Its digits may be lost."""
    return bool(re.fullmatch(r"\+?\d+([.,]\d+)?E[+-]?\d+|\d+\.0+", plain(text), re.IGNORECASE))


def cell(text: str) -> str:
    """What a spreadsheet meant with '… or ="…", by which it keeps a number from being made shorter."""
    text = visible(text)
    quoted = re.fullmatch(r'="(.*)"', text)
    return quoted[1] if quoted else text.removeprefix("'")


# --- alike, and never the same ---


def resemblance(reference: str) -> str:
    """References that a spreadsheet, a keyboard or an eye makes of one another have this in common.

    Zeros in front of a number, the letter O for a zero, l and I for a one, a dash for a hyphen, blanks, letters of
    another alphabet that look the same.
    """
    text = dashes_alike(key(reference)).translate(_ALIKE).replace(" ", "")
    text = re.sub(r"(?<=\d)[oil]+|[oil]+(?=\d)", lambda found: found[0].translate(_DIGITS), text)
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


_DIGITS = str.maketrans("oil", "011")


def for_search(text: str) -> str:
    """`text` without accents, dots, apostrophes and other punctuation: "O’Brien" and "obrien", "Zoë" and "Zoe"."""
    if _ORDINARY.fullmatch(text):
        return " ".join(_NOT_SEARCHED.sub("", text.lower()).split())
    decomposed = unicodedata.normalize("NFKD", plain(text).casefold()).translate(_PLAIN)
    kept = "".join(c for c in decomposed if unicodedata.category(c)[0] in "LN" or c in " @")
    return " ".join(kept.split())
