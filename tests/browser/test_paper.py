"""What is printed from a dark screen: black on white, within the page, no way to press anything, a sheet a page."""

import re

import pytest

PRINTED = {
    "administrator": [
        "/application-setup/registrations/",
        "/application-setup/registrations/people/?print=1",
        "/audit/?print=1",
        "/messaging/",
        "/people/",
    ],
}
WIDTH = 680  # CSS pixels of A4 within its margins
WRONG = """width => {
  const wrong = [], ink = getComputedStyle(document.body);
  if (ink.color !== "rgb(0, 0, 0)" || ink.backgroundColor !== "rgb(255, 255, 255)") wrong.push(`${ink.color} on ${ink.backgroundColor}`);
  for (const element of document.querySelectorAll("main *")) {
    const at = element.getBoundingClientRect();
    if (!at.width || element.closest(".sr-only, svg")) continue;
    if (at.right > width + 1) wrong.push(`off the page: ${element.tagName} ${element.textContent.trim().slice(0, 40)}`);
    if (element.matches("button, input, select, nav")) wrong.push(`to press: ${element.textContent.trim()}`);
    if (element.matches("a") && getComputedStyle(element).textDecorationLine !== "none") wrong.push("underlined");
  }
  return wrong;
}"""


def pages_of(pdf):
    return len(re.findall(rb"/Type ?/Page\b", pdf))


@pytest.fixture
def dark(linked_demo, browser):
    context = browser.new_context(color_scheme="dark", viewport={"width": WIDTH, "height": 960})
    page = context.new_page()
    linked_demo.sign_in(page, "administrator")
    yield page
    context.close()


def printed(page):
    """(what is wrong with the printed page, its sheets, how many pages of paper it takes)"""
    page.emulate_media(media="print", color_scheme="dark")
    wrong, sheets = page.evaluate(WRONG, WIDTH), page.locator(".sheet").count()
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen", color_scheme="dark")
    return wrong[:5], sheets, pages_of(pdf)


def test_lists_are_printed_black_on_white_and_within_the_page(linked_demo, dark):
    found = {}
    for address in PRINTED["administrator"]:
        dark.goto(linked_demo.portal + address)
        found[address], _sheets, pages = printed(dark)
        assert pages
        assert dark.locator("h1").is_visible()
    dark.goto(f"{linked_demo.portal}/messaging/")
    with dark.expect_navigation():
        dark.locator("main table a").first.click()
    found["the report"], _sheets, _pages = printed(dark)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_a_hand_out_and_a_letter_take_a_page_each(linked_demo, dark):
    dark.goto(f"{linked_demo.portal}/application-setup/invitations/hand-outs/")
    wrong, sheets, pages = printed(dark)
    assert wrong == [] and sheets == pages > 1
    dark.goto(f"{linked_demo.portal}/application-setup/personal-codes/")
    dark.locator("[name=groups]").select_option(label="7A")
    dark.get_by_role("button", name="Count").click()
    with dark.expect_navigation():
        dark.get_by_role("button", name=re.compile("^Make ")).click()
    wrong, sheets, pages = printed(dark)
    assert wrong == [] and sheets == pages > 1
