"""The sentences of the whole house, in every language."""

import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from .checks import wrong_words

ROOT = Path(__file__).resolve().parents[1]
ADDRESSES = r"%\((?:\w*address|link|url|\w*contact)\)s"


def sentences():
    """(language, sentence) of everything said."""
    for language in settings.LANGUAGE_NAMES:
        compiled = ROOT / "locale" / to_locale(language) / "LC_MESSAGES" / "django.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                for original, translated in GNUTranslations(file)._catalog.items():
                    yield "en", original if isinstance(original, str) else original[0]
                    yield language, translated


def test_behind_an_address_stands_a_blank_or_the_end_of_the_line():
    """What a mail program or WeChat makes into a link is then exactly the address."""
    found = [(language, text) for language, text in sentences() if re.search(ADDRESSES, text)]
    assert {language for language, _ in found} == set(settings.LANGUAGE_NAMES)
    assert [pair for pair in found if re.search(ADDRESSES + r"(?!\s|$)", pair[1])] == []


@pytest.mark.parametrize(
    ("language", "sentence", "wrong"),
    [
        ("en", "Write your email.", "email"),
        ("zh_Hans", "打开门户。", "门户"),
        ("zh_Hant", "請在微信 / WeChat 中接收訊息。", "WeChat"),
        ("zh_Hant", "第 %(row)s 列", "第  列"),
        ("en", "It was approved.", "approved"),
        ("en", "Waiting for approval", "approval"),
    ],
)
def test_a_word_that_is_not_ours_is_found_with_the_right_one(language, sentence, wrong):
    [(found, right)] = wrong_words(language, sentence)
    assert found == wrong and right


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The link goes to %(email)s, by EMAIL_URL."),
        ("zh_Hans", "/WeChatRegistration/Step1"),
        ("zh_Hant", "我 → 設定 → 帳號與安全"),
        ("zh_Hant", "請按「接收应用消息」"),
    ],
)
def test_names_of_fields_settings_and_wecoms_own_buttons_are_no_words_of_ours(language, sentence):
    assert wrong_words(language, sentence) == []
