"""Where a group stands in a list, as people count: Year 2 before Year 10, 八年级 before 十年级, 初三 before 高一.

In front stand the years, each followed by its forms and classes; then those of no year, houses, departments and the
like. The names of Chinese departments follow pinyin, as do those of people (names.py).
"""

import re
from typing import TYPE_CHECKING

from .typed import key

if TYPE_CHECKING:
    from .models import Group


_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
# In which year of school the first of a stage is, but one: 初一 is the seventh. Hong Kong's 中一 is, too.
_BEFORE = {"小": 0, "初": 6, "中": 6, "国": 6, "國": 6, "高": 9}
_STAGE = re.compile(r"(小|初|中|国|國|高)(?:学|學|中)?(\d)(?!\d)")
# What comes before the first year, in its order.
_EARLY = ("托班", "nursery", "小班", "中班", "大班", "kindergarten", "k", "reception", "学前", "學前")
_DIGITS = 6


def _in_digits(text: str) -> str:
    return re.sub(r"(\d?)十(\d?)", lambda found: f"{found[1] or 1}{found[2] or 0}", text.translate(_NUMERALS))


def _by_year(found: re.Match[str]) -> str:
    return str(_BEFORE[found[1]] + int(found[2]))


def place(name: str) -> str:
    """Sorts the names of years, forms and whatever else is numbered; the same order on every database."""
    text = _STAGE.sub(_by_year, _in_digits(key(name)))
    words = re.findall(r"\d+|[^\W\d_]+", text)
    early = next((number for number, word in enumerate(_EARLY) if words and words[0] == word), None)
    in_front = [] if early is None else ["0", str(early)]
    in_order = [word.zfill(_DIGITS) if word.isdigit() else word for word in in_front + words]
    return " ".join(in_order).encode("gb18030").hex()


def place_in_a_list(group: "Group") -> str:
    """Of a group with its parent."""
    whose = group.parent if group.kind in ("form", "class") else None
    rank = 0 if whose else _KINDS.index(group.kind)
    names = [whose.name, str(_KINDS.index(group.kind)), group.name] if whose else [group.name]
    return ".".join([str(rank), *map(place, names)])


_KINDS = ("year", "form", "class", "house", "department", "activity")
