"""How a name is written and where it stands in a list. A person may have a Chinese name only.

Chinese is written family first without a blank, so that 王 and 芳 in a school's two columns are 王芳, and never
"芳 王 王芳" where 王芳 stands beside them.
"""

import re

from .typed import for_search

COLUMNS = ["given_name", "family_name", "chinese_name"]  # of Person, and of a file
_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af·]+")
_LONGEST_KEY = 60


def is_chinese(text: str) -> bool:
    return bool(_HAN.fullmatch(text))


def is_whole(given: str, family: str, chinese: str) -> bool:
    """Whether somebody can be called by it: a given name, or a name in characters."""
    return bool(given or chinese or is_chinese(family))


def halves(given: str, family: str, chinese: str) -> tuple[str, str]:
    """(the name in letters, the name in characters); one of them may be ""."""
    if is_chinese(given + family) and (not given or is_chinese(given)):
        return "", chinese or family + given
    return f"{given} {family}".strip(), chinese


def full(given: str, family: str, chinese: str, *, chinese_first: bool = False) -> str:
    letters, characters = halves(given, family, chinese)
    parts = [characters, letters] if chinese_first else [letters, characters]
    return " ".join(filter(None, parts))


def short(given: str, family: str, chinese: str, *, in_characters: bool = False) -> str:
    """What somebody is called in a sentence: the given name; the whole one in characters, where it is the only one."""
    letters, characters = halves(given, family, chinese)
    return characters if characters and (in_characters or not (letters and given)) else given or letters


def place_by_letters(given: str, family: str, chinese: str) -> str:
    """Sorts as readers of an alphabet look for it: by family name; who has characters alone comes behind, by them."""
    letters, characters = halves(given, family, chinese)
    return _key(f"{family} {given}" if letters else characters)


def place_by_characters(given: str, family: str, chinese: str) -> str:
    """Sorts as readers of Chinese look for it: who has letters alone comes in front."""
    _letters, characters = halves(given, family, chinese)
    return _key(characters or f"{family} {given}")


def _key(text: str) -> str:
    """The same order on every database. GB18030 puts the 3,755 usual characters in the order of pinyin."""
    return for_search(text).encode("gb18030")[:_LONGEST_KEY].hex()
