"""Every page as people meet it: desk and phone, light and dark, three languages, without script; axe finds nothing."""

import re

import pytest
import requests
from playwright.sync_api import expect

from portal.paging import PAGE_SIZE

WAYS = [
    ("en", "light", 1280),
    ("en", "dark", 390),
    ("zh-hans", "dark", 1280),
    ("zh-hant", "light", 390),
]
# What is wrong with the look of a page, by the script that finds it.
LOOKS = {
    "wider than its window": "document.documentElement.scrollWidth > document.documentElement.clientWidth",
    "cards of two widths": """new Set([...document.querySelectorAll("main .card")].filter(
        card => card.checkVisibility() && !card.closest(".dashboard")).map(card => Math.round(card.offsetWidth))).size > 1""",
    "a label beside nothing": """[...document.querySelectorAll(".stacked [data-label]")].some(
        cell => cell.checkVisibility() && !cell.children.length && !cell.textContent.trim()
            && getComputedStyle(cell, "::before").content !== "none")""",
}
PAGES = {
    None: [
        "/sign-in/",
        "/forgotten-password/",
        "/forgotten-password/sent/",
        "/help/",
        "/help/family-registration/",
        "/nowhere/",
    ],
    "administrator": [
        "/",
        "/my-details/",
        "/people/",
        "/application-setup/weixin-wechat/",
        "/application-setup/registrations/",
        "/application-setup/registrations/?by=form&role=contacts",
        "/application-setup/registrations/people/",
        "/application-setup/pupil-registration/",
        "/application-setup/invitations/",
        "/application-setup/invitations/list/",
        "/application-setup/invitations/hand-outs/",
        "/application-setup/school/",
        "/accounts-profiles/accounts/",
        "/accounts-profiles/profiles/",
        "/accounts-profiles/profiles/1/",
        "/accounts-profiles/profiles/2/",
        "/audit/",
        "/audit/?what=signed+in&since=2026-01-01",
        "/help/linking/",
    ],
    "sender": [
        "/",
        "/messaging/",
        "/messaging/drafts/",
        "/messaging/new/",
        "/messaging/waiting/",
        "/messaging/scheduled/",
        "/messaging/templates/",
        "/messaging/templates/new/",
        "/messaging/audiences/",
        "/help/messaging/",
        "/people/",
    ],
    "contact": ["/my-details/", "/WeChatRegistration/Step1", "/WeChatRegistration/Step2", "/WeChatRegistration/Stop"],
    "staff": ["/", "/my-details/", "/WeChatRegistration/Step1", "/help/staff-registration/"],
}


@pytest.mark.parametrize(("language", "theme", "width"), WAYS)
def test_no_page_breaks_the_rules_of_access_or_the_width(linked_demo, browser, axe_of, language, theme, width):
    wrong: list[str] = []

    def failed(error):
        wrong.append(str(error))

    def heard(said):
        if "Content Security" in said.text:
            wrong.append(said.text)

    for role, addresses in PAGES.items():
        context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=theme)
        context.add_cookies([{"name": "django_language", "value": language, "url": linked_demo.portal}])
        page = context.new_page()
        page.on("pageerror", failed)
        page.on("console", heard)
        if role:
            linked_demo.sign_in(page, role)
        for address in addresses:
            page.goto(linked_demo.portal + address)
            wrong += [f"{role} {address}: {violation}" for violation in axe_of(page)]
            wrong += [f"{role} {address}: {look}" for look, script in LOOKS.items() if page.evaluate(script)]
        context.close()
    assert wrong == []


def new_message(demo, page, text, tick):
    page.goto(f"{demo.portal}/messaging/new/")
    page.get_by_text("By year and form").click()
    page.get_by_label(tick, exact=True).check()
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Check before sending").click()


def send(page):
    """Press Send, and do not wait for the seconds in which it can be undone."""
    page.get_by_role("button", name=re.compile(r"^Send \d")).click()
    page.get_by_role("button", name="Send at once").click()


def test_the_contacts_of_a_year_with_names_behind_the_numbers_and_the_report(linked_demo, page, axe_of):
    linked_demo.sign_in(page, "sender")
    new_message(linked_demo, page, "Year 7: parents' evening on Thursday. 七年级家长会", "Year 7: their contacts")
    reachable = int(page.locator("table.reach a").first.inner_text())
    chosen = int(page.locator("table.reach tfoot .number").inner_text())
    numbers = [int(number) for number in page.locator("table.reach tbody .number").all_inner_texts()]
    assert sum(numbers) == chosen and 0 < reachable < chosen
    page.locator("table.reach a").nth(1).click()
    assert page.locator(".names li").count() == min(numbers[1], PAGE_SIZE)
    assert page.get_by_role("link", name="Next page").count() == (numbers[1] > PAGE_SIZE)
    assert axe_of(page) == []
    send(page)
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=20000)
    expect(page.locator("#progress tbody .number").first).to_have_text(str(reachable))
    assert axe_of(page) == []
    inbox = linked_demo.state()["inbox"]
    got = [texts for texts in inbox.values() if any("Year 7" in text for text in texts)]
    assert len(got) == reachable and all(set(texts.values()) == {1} for texts in got)


def test_wecom_down_is_said_and_the_message_goes_out_when_it_answers(linked_demo, page):
    linked_demo.sign_in(page, "sender")
    linked_demo.control("rule", call="*", effect="http500", times=-1)
    new_message(linked_demo, page, "Sent while WeCom is down.", "Year 8: their contacts")
    send(page)
    expect(page.get_by_text("Saved. Sending starts when WeCom answers.")).to_be_visible(timeout=20000)
    linked_demo.control("clear")
    # 30 seconds is the first wait of the protocol after an unclear answer.
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=60000)
    copies = [n for texts in linked_demo.state()["inbox"].values() for text, n in texts.items() if "is down" in text]
    assert copies and set(copies) == {1}


def test_stopping_a_running_send_counts_what_went(linked_demo, page):
    linked_demo.sign_in(page, "administrator")
    page.goto(f"{linked_demo.portal}/application-setup/weixin-wechat/")
    page.get_by_role("button", name="Pause sending").click()
    new_message(linked_demo, page, "This one is stopped.", "Year 9: their contacts")
    send(page)
    expect(page.get_by_text("Sending is paused under Weixin / WeChat Administration.")).to_be_visible(timeout=10000)
    page.get_by_role("link", name="Stop", exact=True).click()
    expect(page.get_by_role("heading", name="About 0 have been sent. Stop the rest?")).to_be_visible()
    page.get_by_role("button", name="Stop the rest").click()
    expect(page.get_by_text("Stopped: 0 accepted,")).to_be_visible(timeout=20000)
    page.goto(f"{linked_demo.portal}/application-setup/weixin-wechat/")
    page.get_by_role("button", name="Go on sending").click()
    assert not any("is stopped" in text for texts in linked_demo.state()["inbox"].values() for text in texts)


def test_without_script_one_registers_and_sends_just_the_same(linked_demo, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 850})
    page = context.new_page()
    linked_demo.sign_in(page, "pupil")
    page.get_by_role("link", name="Weixin / WeChat registration").click()
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Continue").click()
    number = page.locator("[name=mobile]").input_value()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main img")).to_have_count(1, timeout=20000)
    requests.post(f"{linked_demo.simulator}/scan", {"number": number}, timeout=10)
    expect(page.get_by_role("heading", name="Registered")).to_be_visible(timeout=20000)
    page.goto(f"{linked_demo.portal}/my-details/")
    record = page.locator("section").filter(has_text="What the school has on record")
    name = record.locator("dd").first.text_content().strip()
    context.clear_cookies()

    linked_demo.sign_in(page, "sender")
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.fill("[name=q]", name)
    page.get_by_role("button", name="Find").click()
    # Beside the pupil stand their parents, found by the child.
    pupil = page.locator("label").filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))
    pupil.locator("[name=people]").first.check()
    page.get_by_label("Message", exact=True).fill("Without script.")
    page.get_by_role("button", name="Check before sending").click()
    send(page)
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=20000)
    context.close()


def test_a_killed_child_is_started_again_and_nothing_is_lost(linked_demo, page):
    linked_demo.kill("celery")
    linked_demo.sign_in(page, "sender")
    new_message(linked_demo, page, "After the worker died.", "Year 10: their contacts")
    send(page)
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=30000)


def test_the_simulators_own_pages_keep_the_rules_of_access(linked_demo, page, axe_of):
    for address in ("/", "/members/", "/control/", "/mail/", "/phone/+8613000000001/", "/follow/wx-plugin-5c4001516a"):
        page.goto(linked_demo.simulator + address)
        expect(page.get_by_text("Simulator.", exact=True)).to_be_visible()
        assert axe_of(page) == [], address
