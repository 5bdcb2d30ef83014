"""What the rows of a file ask again and again of one text: the answers of the part that is worked on are kept.

Short texts only: what is kept stays small, however long the cells are that somebody uploads.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from portal.people import typed
from portal.people.texts import check_name as _check_name

LONGEST, MOST = 80, 4096
T = TypeVar("T")


def remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    """`function`, which makes of one text always the same, and asks nothing but the text."""
    kept = lru_cache(maxsize=MOST)(function)

    @wraps(function)
    def ask(text: str) -> T:
        return kept(text) if len(text) <= LONGEST else function(text)

    return ask


key = remembered(typed.key)
resemblance = remembered(typed.resemblance)
cell = remembered(typed.cell)
check_name = remembered(_check_name)
