"""A code from paper to Registered on a phone, with and without script, and the same letter in a stranger's hands."""

import re
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def codes(linked_demo, browser):
    """The codes of one form's letters, as the office prints them."""
    page = browser.new_context().new_page()
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": linked_demo.portal}])
    linked_demo.sign_in(page, "administrator")
    page.goto(f"{linked_demo.portal}/application-setup/personal-codes/")
    page.get_by_label("All parents and contacts").check()
    page.get_by_role("button", name="Count").click()
    too_many = page.get_by_text("letters are made at once")
    if too_many.count():
        page.get_by_label("All parents and contacts").uncheck()
        page.locator("select[name=groups] option", has_text=re.compile("^Year")).first.evaluate(
            "o => o.selected = true"
        )
        page.get_by_role("button", name="Count").click()
    page.get_by_role("button", name=re.compile(r"^Make \d+ letters?$")).click()
    found = page.locator(".personal-code code").all_inner_texts()
    page.context.close()
    return iter(found)


@pytest.fixture
def phone(linked_demo, browser):
    def take(**options):
        context = browser.new_context(**PHONE | options)
        context.add_cookies([{"name": "django_language", "value": "en", "url": linked_demo.portal}])
        return context.new_page()

    return take


def number_at_wecom(linked_demo, before):
    [member] = [m for userid, m in linked_demo.state()["members"].items() if userid not in before]
    return member["mobile"]


def test_from_paper_to_registered_and_a_password_of_ones_own(linked_demo, phone, codes, axe_of):
    page, code = phone(), next(codes)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{linked_demo.portal}/WeChatRegistration/Code#{code.replace('-', '')}")
    expect(page.locator("[name=code]")).to_have_value(code.replace("-", ""))
    assert urlsplit(page.url).fragment == ""
    wrong = axe_of(page)
    page.get_by_role("button", name="Continue").click()
    wrong += axe_of(page)
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Continue").click()
    wrong += axe_of(page)
    before = set(linked_demo.state()["members"])
    page.get_by_role("button", name="Yes, continue").click()
    expect(page.locator("main img")).to_have_count(1, timeout=20000)
    requests.post(f"{linked_demo.simulator}/scan", {"number": number_at_wecom(linked_demo, before)}, timeout=10)
    expect(page.get_by_role("heading", name="Registered", exact=True)).to_be_visible(timeout=20000)
    wrong += axe_of(page)
    assert not [url for url in asked if code.replace("-", "") in urlsplit(url)._replace(fragment="").geturl()]
    stranger = phone()
    stranger.goto(f"{linked_demo.portal}/WeChatRegistration/Code#{code}")
    stranger.get_by_role("button", name="Continue").click()
    expect(stranger.get_by_role("heading", name="Registered", exact=True)).to_be_visible()
    expect(stranger.get_by_role("button", name="Choose a password")).to_have_count(0)
    stranger.goto(f"{linked_demo.portal}/my-details/")
    expect(stranger.get_by_text("With a personal code you can register")).to_be_visible()
    assert wrong + axe_of(stranger) == []


def test_without_script_the_code_is_typed(linked_demo, phone, codes):
    page, code = phone(java_script_enabled=False), next(codes)
    page.goto(f"{linked_demo.portal}/WeChatRegistration/Code#{code}")
    page.fill("[name=code]", code.lower().replace("-", " "))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Step 1 of 4")).to_be_visible()
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Yes, continue").click()
    expect(page.get_by_text("Step 3 of 4")).to_be_visible()
