"""Writing to many: see the letters and the numbers, a letter to me first, Send, Undo; and once more, until it is done."""

import re

from playwright.sync_api import expect


def test_the_missing_of_a_year_are_written_to_after_an_undo(linked_demo, page, axe_of):
    linked_demo.sign_in(page, "administrator")
    page.goto(f"{linked_demo.portal}/application-setup/registrations/?role=staff")
    page.get_by_role("link", name="See the letters and the numbers").click()
    numbers = [int(number) for number in page.locator("table.reach tbody .number").all_inner_texts()]
    assert sum(numbers) == int(page.locator("table.reach tfoot .number").inner_text()) > 0
    expect(page.get_by_text("Dear …,").first).to_be_visible()
    assert axe_of(page) == []
    page.get_by_role("button", name="A letter to me first").click()
    expect(page.get_by_text("Nobody else has been written to.")).to_be_visible()
    send = page.get_by_role("button", name=re.compile(r"^Send \d+ letters?$"))
    send.click()
    expect(page.get_by_role("heading", name="Nothing has left yet")).to_be_visible()
    assert axe_of(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: nothing has left.")).to_be_visible()
    page.goto(f"{linked_demo.portal}/application-setup/registrations/remind/?role=staff")
    send.click()
    # The seconds pass by themselves, and the page follows.
    expect(page.get_by_role("heading", name="Letters are leaving")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop the rest").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible(timeout=30_000)
