"""The secretary's desk, as a secretary uses it: two languages, a second person, a schedule, undo, pictures and files."""

import io
import re
from datetime import datetime, timedelta

import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from .test_pages import new_message, send


def finished(page):
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=60000)


@pytest.fixture
def desk(linked_demo, page):
    linked_demo.sign_in(page, "sender")
    return page


def all_texts(demo, holding):
    return [text for texts in demo.state()["inbox"].values() for text in texts if holding in text]


def test_a_bilingual_message_names_to_every_contact_the_children_it_concerns(linked_demo, desk, axe_of):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("All parents and contacts").check()
    expect(page.locator("#reach")).to_contain_text("would get it")
    reachable = int(page.locator("#reach strong").inner_text())
    page.get_by_label("Message", exact=True).fill("Museum trip of ((children)) tomorrow.")
    page.get_by_text("Texts in other languages").click()
    page.get_by_label("简体中文").fill("（（孩子））明天去博物馆。Museum trip")
    assert axe_of(page) == []
    page.get_by_role("button", name="Check before sending").click()
    expect(page.locator("mark").first).to_have_text("((children))")
    page.get_by_label("As", exact=True).select_option(index=1)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".bubble mark")).to_have_count(0)
    assert axe_of(page) == []
    send(page)
    finished(page)
    texts = all_texts(linked_demo, "Museum trip")
    assert len(texts) == reachable and not any("((" in text or "（（" in text for text in texts)
    assert any("明天去博物馆" in text for text in texts) and any("tomorrow." in text for text in texts)
    # Parents of siblings: one message that names both.
    assert any(", " in text for text in texts) and any("、" in text for text in texts)


def test_undo_takes_it_back_and_nothing_goes_out(linked_demo, desk):
    page = desk
    new_message(linked_demo, page, "This one is undone.", "Year 12: their contacts")
    page.get_by_role("button", name=re.compile(r"^Send \d")).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("nothing has gone out")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("This one is undone.")
    assert all_texts(linked_demo, "This one is undone.") == []


def test_an_urgent_message_is_released_by_a_second_person(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("By year and form").click()
    page.get_by_label("Year 12: their contacts", exact=True).check()
    page.get_by_label("Message", exact=True).fill("School is closed: storm.")
    page.get_by_text("Send later, or before all others").click()
    page.get_by_label("Urgent: goes before all others").check()
    page.get_by_role("button", name="Check before sending").click()
    page.get_by_role("button", name=re.compile("^Ask to send")).click()
    expect(page.get_by_text("A second person must release it.")).to_be_visible()
    address = page.url
    linked_demo.sign_out(page)
    linked_demo.sign_in(page, "administrator")
    page.goto(f"{linked_demo.portal}/messaging/waiting/")
    page.get_by_role("link", name="School is closed: storm.").click()
    page.get_by_role("button", name=re.compile("^Release")).click()
    expect(page.get_by_text("The message is released.")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Send at once").click()
    finished(page)
    assert len(all_texts(linked_demo, "School is closed: storm.")) > 0


def test_a_scheduled_message_stands_in_its_list_and_can_be_taken_back(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("All parents and contacts").check()
    page.get_by_label("Message", exact=True).fill("Reports are out.")
    page.get_by_text("Send later, or before all others").click()
    tomorrow = (datetime.now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    page.get_by_label("When", exact=True).fill(tomorrow)
    page.get_by_role("button", name="Check before sending").click()
    page.get_by_role("button", name=re.compile("^Schedule")).click()
    page.goto(f"{linked_demo.portal}/messaging/scheduled/")
    page.get_by_role("link", name="Reports are out.").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_label("When", exact=True)).to_have_value(tomorrow)
    assert all_texts(linked_demo, "Reports are out.") == []


def picture():
    data = io.BytesIO()
    Image.new("RGB", (600, 400), "darkgreen").save(data, "JPEG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("kind", "name", "data"), [("Picture", "校园 秋天.jpg", picture()), ("File", "七年级 成绩单.pdf", b"%PDF-1.7 demo")]
)
def test_a_picture_and_a_chinese_named_file_arrive_on_the_phone(linked_demo, desk, kind, name, data):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("By year and form").click()
    page.get_by_label("Year 13: their contacts", exact=True).check()
    page.get_by_label("Kind").select_option(label=kind)
    page.wait_for_load_state()
    page.get_by_label("Picture, video or file").set_input_files({"name": name, "mimeType": "", "buffer": data})
    expect(page.get_by_label("Year 13: their contacts", exact=True)).to_be_checked()
    page.get_by_role("button", name="Check before sending").click()
    expect(page.locator(".bubble").first).to_contain_text(name)
    send(page)
    finished(page)
    state = linked_demo.state()
    userid = next(u for u, texts in state["inbox"].items() if any(name in text for text in texts))
    page.goto(f"{linked_demo.simulator}/phone/{state['members'][userid]['mobile']}/")
    if kind == "File":
        assert page.locator(f'a[download="{name}"]').count() == 1
        sent = page.locator(f'a[download="{name}"]').get_attribute("href")
    else:
        assert page.locator(f'img[alt="{name}"]').evaluate("picture => picture.naturalWidth") == 600
        sent = page.locator(f'img[alt="{name}"]').get_attribute("src")
    arrived = requests.get(linked_demo.simulator + sent, timeout=10).content
    # A picture is drawn anew, so that nothing but the picture leaves the school.
    assert arrived == data if kind == "File" else Image.open(io.BytesIO(arrived)).size == (600, 400)


def test_a_draft_saves_itself_while_somebody_writes(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("Message", exact=True).fill("Half a sentence")
    expect(page.locator("[data-autosaved]")).to_contain_text("Saved at", timeout=10000)
    address = page.url
    assert address.endswith("/edit/")
    page.goto(f"{linked_demo.portal}/")
    page.goto(address)
    expect(page.get_by_label("Message", exact=True)).to_have_value("Half a sentence")


def test_a_file_is_chosen_by_a_button_that_a_hand_can_press(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("Kind").select_option(label="Picture")
    page.wait_for_load_state()
    with page.expect_file_chooser() as chooser:
        page.locator("label.button[for=id_file]").click()
    chooser.value.set_files({"name": "autumn.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    assert page.locator("#id_file").input_value().endswith("autumn.jpg")
    page.get_by_text("List of references").first.click()
    with page.expect_file_chooser():
        page.locator("label.button[for=id_references_file]").click()


def test_a_session_that_ends_while_somebody_writes_loses_no_letter(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    text = page.get_by_label("Message", exact=True)
    text.fill("Written before")
    expect(page.locator("[data-autosaved]")).to_contain_text("Saved at", timeout=10000)
    session = next(cookie["name"] for cookie in page.context.cookies() if "session" in cookie["name"])
    page.context.clear_cookies(name=session)
    text.fill("Written before, and after")
    expect(page.locator("[data-autosaved]")).to_contain_text("you have been signed out", timeout=10000)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    page.get_by_label("Username or e-mail").fill(linked_demo.sign_ins["sender"]["username"])
    page.get_by_label("Password").fill(linked_demo.sign_ins["sender"]["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Written before, and after")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()


def test_a_button_pressed_while_the_page_saves_itself_waits_for_it(linked_demo, desk):
    page, held = desk, []
    page.route(
        "**/messaging/**",
        lambda route: held.append(route) if "autosave" in (route.request.post_data or "") else route.continue_(),
    )
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("All parents and contacts").check()
    text = page.get_by_label("Message", exact=True)
    text.fill("Half a sentence")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(100)
    text.fill("Half a sentence, and the rest")
    page.get_by_role("button", name="Check before sending").click()
    expect(page.locator("[data-autosaved]")).to_have_text("Saving…")
    held.pop().continue_()
    expect(page.get_by_role("heading", name="Check before sending")).to_be_visible()
    expect(page.locator(".bubble").first).to_contain_text("and the rest")
    page.goto(f"{linked_demo.portal}/messaging/drafts/")
    expect(page.get_by_role("link", name="Half a sentence, and the rest")).to_have_count(1)
