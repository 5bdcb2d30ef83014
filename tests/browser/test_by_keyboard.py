"""The secretary's desk by keys alone: where the focus stands, and how many presses it takes. axe sees none of this."""

import re

import pytest
from playwright.sync_api import expect

from .test_messaging import finished

MOST_PRESSES = 60
FOCUSED = """() => {
    const one = document.activeElement;
    const label = one.labels && one.labels.length ? one.labels[0] : one;
    return one === document.body ? "" : label.innerText.trim() || one.value;
}"""


class Keys:
    """Presses keys of a page and counts those that are no letters."""

    def __init__(self, page):
        self.page, self.presses = page, 0

    def press(self, key, times=1):
        for _ in range(times):
            self.page.keyboard.press(key)
            self.presses += 1

    def open(self, heading):
        """Enter, which leads to another page."""
        self.press("Enter")
        expect(self.page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible()

    def type(self, text):
        self.page.keyboard.type(text)

    @property
    def at(self):
        """What is written on what has the focus, "" where it is lost."""
        return self.page.evaluate(FOCUSED)

    def to(self, words, most=30):
        """Tab until something that says this has the focus."""
        seen = []
        while not re.search(words, self.at):
            seen.append(self.at)
            assert len(seen) <= most, f"no {words!r} among {seen}"
            self.press("Tab")


@pytest.fixture
def desk(linked_demo, page):
    linked_demo.sign_in(page, "sender")
    page.goto(f"{linked_demo.portal}/messaging/new/")
    return Keys(page)


def test_from_signing_in_to_send_by_few_keys(linked_demo, page):
    keys = Keys(page)
    page.goto(f"{linked_demo.portal}/sign-in/")
    keys.to("^$|Username")
    keys.type(linked_demo.sign_ins["sender"]["username"])
    keys.press("Tab")
    keys.type(linked_demo.sign_ins["sender"]["password"])
    keys.open("Dashboard")
    keys.to("^Messaging")
    keys.open("Messaging")
    keys.to("^Skip to the content")
    keys.press("Enter")
    keys.to("^New message$")
    keys.open("New message")
    keys.to("All parents and contacts")
    keys.press("Space")
    keys.to("Go on to the text")
    keys.press("Enter")
    keys.type("School ends at noon on Monday.")
    keys.to("^Check before sending")
    keys.open("Check before sending")
    keys.to("^Skip to Send")
    keys.press("Enter")
    keys.to(r"^Send \d")
    keys.open("Report")
    assert keys.presses <= MOST_PRESSES
    # Undo is the next thing, its seconds run, and nothing exchanges the button under the finger.
    assert "Starts in" in keys.at
    keys.press("Tab")
    assert keys.at == "Undo"
    button = page.evaluate_handle("document.activeElement")
    page.wait_for_timeout(4500)
    assert page.evaluate("button => button === document.activeElement", button)
    assert page.locator("[role=status]", has_text="Starts in").count() == 0
    keys.press("Tab")
    assert keys.at == "Send at once"
    keys.press("Enter")
    finished(page)


def test_another_kind_is_chosen_by_arrows_and_nothing_is_loaded(desk):
    page = desk.page
    desk.to("^Kind$")
    loaded, wrong = [], []
    page.on("framenavigated", lambda frame: loaded.append(frame.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for label in ("Picture, video or file", "Title", "Picture, video or file", "Address it leads to", "Kind"):
        desk.press("ArrowDown")
        expect(page.get_by_label(label, exact=True)).to_be_visible()
        assert desk.at.startswith("Kind")
    page.keyboard.press("Home")
    expect(page.get_by_label("Title", exact=True)).to_be_hidden()
    page.wait_for_timeout(1500)
    assert loaded == [] and wrong == []


def test_a_search_by_enter_leads_to_what_it_found(desk):
    page = desk.page
    desk.to("Name, child, reference or e-mail")
    page.get_by_label("All parents and contacts").check()
    page.get_by_label("Name, child, reference or e-mail").first.focus()
    desk.type("an")
    desk.press("Enter")
    expect(page.get_by_text(re.compile(r"\d+ people found"))).to_be_focused()
    desk.press("Tab")
    desk.press("Space")
    assert page.evaluate("document.activeElement.checked && document.activeElement.name") == "people"
    expect(page.get_by_label("All parents and contacts")).to_be_checked()
    desk.press("Shift+Tab")
    assert desk.at == "Find"
    desk.press("Enter")
    expect(page.get_by_text(re.compile(r"\d+ people found"))).to_be_focused()
    assert page.locator("#people input:checked").count() == 1


def test_a_page_that_comes_back_says_what_happened_where_the_focus_is(desk):
    page = desk.page
    page.get_by_label("Message", exact=True).fill("With two files")
    chosen = [
        {"name": f"{name}.pdf", "mimeType": "", "buffer": b"%PDF-1.7 " + name.encode()} for name in ("one", "two")
    ]
    page.get_by_label("Files that follow").set_input_files(chosen)
    for button in ("Add these files", "Move up two.pdf", "Remove one.pdf"):
        page.get_by_role("button", name=button).focus()
        desk.press("Enter")
        expect(page.locator("#files")).to_be_focused()
    page.get_by_role("button", name="Save the draft").focus()
    desk.press("Enter")
    expect(page.get_by_text("The draft is saved.").locator("..")).to_be_focused()


def test_a_preview_follows_the_typing_and_takes_no_focus(desk):
    page = desk.page
    page.get_by_label("Message", exact=True).focus()
    desk.type("Museum")
    expect(page.locator(".phone-preview")).to_contain_text("Museum")
    desk.type(" trip")
    expect(page.locator(".phone-preview")).to_contain_text("Museum trip")
    assert desk.at == "Message" and page.locator("#id_text").input_value() == "Museum trip"


def test_enter_in_a_line_that_is_no_search_presses_nothing(desk):
    page = desk.page
    page.get_by_label("Kind").select_option("textcard")
    page.get_by_label("Title", exact=True).focus()
    desk.type("A title")
    address = page.url
    desk.press("Enter")
    page.wait_for_timeout(500)
    assert page.url == address and "A title" in page.evaluate("document.activeElement.value")


# What a screen reader is told, kept over the page's loading itself once more.
LISTEN = """
const heard = document.querySelector("[data-said]");
if (heard) new MutationObserver(() => {
    const before = JSON.parse(sessionStorage.getItem("heard") || "[]");
    sessionStorage.setItem("heard", JSON.stringify([...before, heard.textContent]));
}).observe(heard, {childList: true});
"""


def test_a_sending_is_told_at_quarters_and_the_focus_stays(linked_demo, desk):
    page = desk.page
    page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => {{ {LISTEN} }})")
    linked_demo.control("rule", call="message/send", effect="slow", seconds=1, times=-1)
    page.get_by_text("By year and form").click()
    page.get_by_label("Year 7: their contacts", exact=True).check()
    page.get_by_label("Message", exact=True).fill("((name)), told at each quarter")
    page.get_by_role("button", name="Check before sending").click()
    page.get_by_role("button", name=re.compile(r"^Send \d")).click()
    page.get_by_role("button", name="Send at once").press("Enter")
    stop = page.get_by_role("link", name="Stop", exact=True)
    stop.focus()
    focused = page.evaluate_handle("document.activeElement")
    settled = page.locator("#progress p").first.inner_text()
    expect(page.locator("#progress p").first).not_to_have_text(settled, timeout=20000)
    assert page.evaluate("focused => focused === document.activeElement", focused), "said once, not at every poll"
    finished(page)
    expect(page.locator("#progress p").first).to_be_focused()
    linked_demo.control("clear")
    page.wait_for_timeout(1000)
    heard = page.evaluate("JSON.parse(sessionStorage.getItem('heard') || '[]')")
    quarters = [int(sentence.split(" ")[0]) for sentence in heard]
    assert quarters[-1] == 100 and quarters == sorted(set(quarters) & {25, 50, 75, 100})
