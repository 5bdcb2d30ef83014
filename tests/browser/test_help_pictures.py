"""The pictures of the help pages: taken by `make pictures`, and held against the screens whenever the journeys run.

Beside them stands which words of ours each shows (`tests/help_pictures.json`): a picture whose screen says otherwise by
now is found here, and one whose words no catalogue has any more in `tests/test_help.py`, without a browser.
"""

import io
import json
import os

import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from tests.help_pictures import LANGUAGES, LARGEST, PICTURES, RECORD, words_of_ours

TAKES = bool(os.environ.get("TAKE_HELP_PICTURES"))
DESK, PHONE = {"width": 1100, "height": 760}, {"width": 390, "height": 760}
SAID = """below => [...document.querySelectorAll('h1, h2, button, label, th, summary, legend')]
    .filter(it => it.getClientRects().length && it.getBoundingClientRect().top < innerHeight + below)
    .map(it => it.innerText.trim())"""
# What stands at the edge of a picture may be just below it another time.
BELOW = 0 if TAKES else 200
# Nobody shall follow an invented school by scanning a page of help.
TIDY = """document.querySelector('.band-info')?.remove();
    document.querySelectorAll('.qr-box img').forEach(it => { it.style.filter = 'blur(5px)' })"""
OF_THE_ADMINISTRATOR = {
    "dashboard": "/",
    "administration": "/application-setup/weixin-wechat/",
    "invitations": "/application-setup/invitations/",
    "registrations": "/application-setup/registrations/",
    "profile": "/accounts-profiles/profiles/2/",
    "directory": "/people/",
    "import": "/people/import/",
}


@pytest.fixture(scope="module")
def record():
    """{picture: {language: the words it shows}}; written when pictures are taken."""
    kept = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    yield kept
    if TAKES:
        RECORD.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@pytest.fixture
def look(linked_demo, record):
    """A function that looks at a screen in every language, and takes its picture or holds it against the one there is."""

    def at(page, name, address):
        for language in LANGUAGES:
            page.context.add_cookies([{"name": "django_language", "value": language, "url": linked_demo.portal}])
            page.goto(linked_demo.portal + address)
            page.evaluate(TIDY)
            words = words_of_ours(page.evaluate(SAID, BELOW), language)
            assert len(words) > 1, name
            if TAKES:
                _keep(page.screenshot(animations="disabled"), name, language)
                record.setdefault(name, {})[language] = words
            assert set(record[name][language]) <= set(words), f"{name} shows other words: make pictures"

    return at


def _keep(png, name, language):
    file = PICTURES / language / f"{name}.webp"
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in (80, 60, 40):
        image.save(file, "WEBP", quality=quality, method=6)
        if file.stat().st_size <= LARGEST:
            return
    raise AssertionError(f"{file} is larger than {LARGEST} bytes")


def _page(browser, demo, role, viewport):
    page = browser.new_context(viewport=viewport, color_scheme="light").new_page()
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": demo.portal}])
    demo.sign_in(page, role)
    return page


def test_the_screens_of_an_administrator_are_as_help_shows_them(linked_demo, browser, look):
    page = _page(browser, linked_demo, "administrator", DESK)
    for name, address in OF_THE_ADMINISTRATOR.items():
        look(page, name, address)
    page.context.close()


def test_a_message_from_writing_to_its_report_is_as_help_shows_it(linked_demo, browser, look):
    page = _page(browser, linked_demo, "sender", DESK)
    look(page, "composer", "/messaging/new/")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": linked_demo.portal}])
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("By year and form").click()
    page.get_by_label("Year 8: their contacts", exact=True).check()
    page.get_by_label("Message", exact=True).fill(
        "The museum trip of Year 8 starts at 8:30. 八年级参观博物馆八点半出发。"
    )
    page.get_by_role("button", name="Check before sending").click()
    check = page.url.removeprefix(linked_demo.portal)
    look(page, "check", check)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": linked_demo.portal}])
    page.goto(linked_demo.portal + check)
    page.locator("form[action$='/send/'] button").click()
    page.get_by_role("button", name="Send at once").click()
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=30000)
    look(page, "report", page.url.removeprefix(linked_demo.portal))
    page.context.close()


def test_the_steps_of_registering_are_as_help_shows_them(linked_demo, browser, look):
    (somebody,) = linked_demo.more_contacts(1)
    page = _page(browser, linked_demo, somebody, PHONE)
    look(page, "step1", "/WeChatRegistration/Step1")
    page.get_by_role("checkbox").check()
    page.locator("main form .weui-btn_primary").click()
    look(page, "step2", "/WeChatRegistration/Step2")
    number = page.locator("[name=mobile]").input_value()
    page.locator("main form .weui-btn_primary").click()
    expect(page.locator("main img")).to_have_count(1, timeout=60000)
    look(page, "step3", "/WeChatRegistration/Step3")
    requests.post(f"{linked_demo.simulator}/scan", {"number": number}, timeout=10)
    page.wait_for_url("**/Step4", timeout=60000)
    look(page, "step4", "/WeChatRegistration/Step4")
    page.context.close()


@pytest.mark.parametrize(("role", "guide"), [("administrator", "administrator"), (None, "family-registration")])
def test_a_guide_shows_every_picture_and_prints_on_a4_without_the_menu(linked_demo, browser, axe_of, role, guide):
    page = browser.new_context(viewport=DESK).new_page()
    if role:
        linked_demo.sign_in(page, role)
    page.goto(f"{linked_demo.portal}/help/guides/{guide}/")
    assert axe_of(page) == []
    missing = "[...document.images].filter(it => !(it.complete && it.naturalWidth)).map(it => it.src)"
    assert page.locator("main img").count() > 3 and page.evaluate(missing) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Menu")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    sheets = page.pdf(format="A4").count(b"/Type /Page\n")
    assert page.locator(".guide section").count() <= sheets
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_is_stuck_before_signing_in_searches_the_help(linked_demo, browser, axe_of, language):
    page = browser.new_context(viewport=PHONE).new_page()
    page.context.add_cookies([{"name": "django_language", "value": language, "url": linked_demo.portal}])
    page.goto(f"{linked_demo.portal}/help/")
    page.get_by_role("searchbox").fill("WeChat 微信")
    page.get_by_role("search").get_by_role("button").click()
    assert axe_of(page) == []
    page.locator(".found a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert axe_of(page) == [] and page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()
