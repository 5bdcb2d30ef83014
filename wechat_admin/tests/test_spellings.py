"""How a number may stand at WeCom."""

import pytest

from wechat_admin.wecom.spellings import spellings

CHINESE = {"international": "+8613800138000", "national": "13800138000", "spaced": "+86 13800138000"}


@pytest.mark.parametrize(
    ("first", "order"),
    [
        ("", ["international", "national", "spaced"]),
        ("national", ["national", "international", "spaced"]),
        ("spaced", ["spaced", "international", "national"]),
    ],
)
def test_a_number_is_looked_for_in_every_spelling_the_one_that_held_before_first(first, order):
    assert spellings("+8613800138000", first) == [(name, CHINESE[name]) for name in order]


def test_a_number_of_another_country_is_never_without_its_code():
    assert spellings("+85251234567") == [("international", "+85251234567"), ("spaced", "+852 51234567")]
