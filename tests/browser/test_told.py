"""Somebody is told, and the question after every message is answered: from the notice, from the dashboard, by pupil."""

import re

import pytest
from playwright.sync_api import expect

from .test_pages import new_message

PHONE = {"width": 390, "height": 850}


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_an_urgent_message_is_released_from_its_notice_on_a_phone(linked_demo, page, browser, axe_of):
    linked_demo.sign_in(page, "sender")
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("By year and form").click()
    page.get_by_label("Year 11: their contacts", exact=True).check()
    page.get_by_label("Message", exact=True).fill("The school bus is late today.")
    page.get_by_text("Send later, or before all others").click()
    page.get_by_label("Urgent: goes before all others").check()
    page.get_by_role("button", name="Check before sending").click()
    page.get_by_role("button", name=re.compile("^Ask to send")).click()
    expect(page.get_by_text("A second person must release it.")).to_be_visible()
    number = re.search(r"/messaging/(\d+)/", page.url).group(1)

    phone = browser.new_context(viewport=PHONE).new_page()
    linked_demo.sign_in(phone, "administrator")
    phone.get_by_role("link", name=re.compile("open for you")).click()
    assert axe_of(phone) == [] and not is_too_wide(phone)
    phone.get_by_role("link", name=f"Message {number} waits for your release.").click()
    expect(phone.get_by_text("The school bus is late today.").first).to_be_visible()
    assert phone.url.endswith(f"/messaging/{number}/approve/") and axe_of(phone) == [] and not is_too_wide(phone)
    phone.get_by_role("button", name=re.compile("^Release")).click()
    expect(phone.get_by_text("The message is released.")).to_be_visible()
    phone.goto(f"{linked_demo.portal}/notices/")
    expect(phone.get_by_role("link", name=f"Message {number} waits for your release.")).to_have_count(0)
    phone.context.close()


class Presses:
    """A page of which every press is counted."""

    def __init__(self, page):
        self.page, self.number = page, 0

    def press(self, what):
        what.click()
        self.page.wait_for_load_state()
        self.number += 1


def of_a_child(demo, page):
    """(the address of a report on the dashboard, the name of a child on it)"""
    page.goto(demo.portal)
    links = page.locator("main ul.lines li", has_text="finished").locator("a[href^='/messaging/']")
    for address in links.evaluate_all("links => links.map(link => link.getAttribute('href'))"):
        page.goto(demo.portal + address)
        children = page.locator("#people tbody [data-label=Children]").filter(has_text=re.compile(r"\w"))
        if children.count():
            return address, children.first.inner_text().split("\n")[0].strip()
    raise AssertionError("no message on the dashboard is about a child")


def test_did_this_family_get_it_is_answered_by_three_presses_from_the_dashboard(linked_demo, page, axe_of):
    linked_demo.sign_in(page, "sender")
    address, name = of_a_child(linked_demo, page)

    page.goto(linked_demo.portal)
    counted = Presses(page)
    counted.press(page.locator(f"main a[href='{address}']").first)
    page.fill("[name=q]", name)
    counted.press(page.get_by_role("button", name="Search"))
    counted.press(page.locator("#people tbody a").first)
    expect(page.get_by_role("heading", name="Did they get it?")).to_be_visible()
    assert counted.number <= 3 and axe_of(page) == []


def test_pupils_without_an_adult_from_the_check_page_to_letters_and_invitations(linked_demo, page, axe_of):
    linked_demo.sign_in(page, "administrator")
    new_message(linked_demo, page, "Sports day is on Friday.", "Year 8: their contacts")
    link = page.get_by_role("link", name=re.compile(r"^\d+ ha(s|ve) none$"))
    missed = int(link.inner_text().split()[0])
    link.click()
    assert axe_of(page) == []
    gaps = [int(number) for number in page.locator("td.number a").all_inner_texts()]
    assert sum(gaps) == missed > 0
    listed = page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this list (CSV)").click()
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) == missed + 1

    page.get_by_role("link", name="Invite their families").click()
    expect(page.get_by_text("Exactly the contacts of the pupils").first).to_be_visible()
    assert axe_of(page) == []
    page.get_by_role("button", name=re.compile(r"^Send \d+ letters?$")).click()
    expect(page.get_by_role("heading", name="Nothing has left yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()

    page.goto(listed)
    page.get_by_role("link", name="Print letters for their families").click()
    assert axe_of(page) == []
    make = page.get_by_role("button", name=re.compile(r"^Make \d+ letters?$"))
    letters = int(make.inner_text().split()[1])
    make.click()
    expect(page.locator("main code").first).to_be_visible()
    assert page.locator("main code").count() >= letters > 0


LANGUAGES, THEMES = ["en", "zh-hans", "zh-hant"], ["light", "dark"]


@pytest.fixture(scope="module")
def signed_in(linked_demo, browser):
    """The state of a browser in which an administrator is signed in, and the addresses of what a message has."""
    context = browser.new_context()
    page = context.new_page()
    linked_demo.sign_in(page, "administrator")
    page.goto(f"{linked_demo.portal}/messaging/")
    report = page.locator("main tbody tr", has_text="finished").locator("a[href^='/messaging/']").first
    address = report.get_attribute("href")
    page.goto(linked_demo.portal + address)
    one = page.locator("#people tbody a").first.get_attribute("href")
    state = context.storage_state()
    context.close()
    shows = [f"{address}?show={outcome}" for outcome in ("got", "not-reached", "not_registered")]
    own = [f"{address}pupils/", f"{address}attempts/", one]
    return state, ["/notices/", "/notices/choices/", address, *shows, *own, "/help/reports/", "/help/notices/"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_notices_and_reports_keep_the_rules_of_access(linked_demo, signed_in, browser, axe_of, language, theme):
    state, addresses = signed_in
    width = 390 if theme == "dark" else 1280
    context = browser.new_context(
        viewport={"width": width, "height": 850}, color_scheme=theme, storage_state=state, locale=language
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": linked_demo.portal}])
    page, wrong = context.new_page(), []
    for address in addresses:
        page.goto(linked_demo.portal + address)
        wrong += [f"{address}: {violation}" for violation in axe_of(page)]
        wrong += [f"{address}: wider than {width}"] if is_too_wide(page) else []
    context.close()
    assert wrong == []
