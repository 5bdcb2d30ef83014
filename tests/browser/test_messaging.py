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


def test_texts_stand_side_by_side_on_a_desk_and_one_below_the_other_on_a_phone(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("Texts in other languages").click()
    expect(page.get_by_label("English", exact=True)).to_be_hidden()
    page.get_by_label("Language of the message").select_option(label="简体中文")
    expect(page.get_by_label("简体中文", exact=True)).to_be_hidden()

    def places():
        labels = ("Message", "English", "繁體中文")
        return [page.get_by_label(label, exact=True).bounding_box() for label in labels]

    for width, is_beside in ((1280, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        main, english, chinese = places()
        assert (main["x"] < english["x"] < chinese["x"]) is is_beside
        assert (main["y"] + main["height"] < english["y"]) is not is_beside
        assert (english["y"] < chinese["y"]) is not is_beside


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


def test_what_is_scheduled_gets_another_time_and_other_words_where_it_stands(linked_demo, desk, axe_of):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("All parents and contacts").check()
    page.get_by_label("Message", exact=True).fill("The gala is on Friday.")
    page.get_by_text("Send later, or before all others").click()
    day = datetime.now() + timedelta(days=3)
    page.get_by_label("When", exact=True).fill(f"{day:%Y-%m-%d}T16:00")
    page.get_by_role("button", name="Check before sending").click()
    assert axe_of(page) == []
    page.get_by_role("button", name=re.compile("^Send at .* instead")).click()
    expect(page.get_by_role("button", name=re.compile("^Send at .* instead"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Schedule")).click()
    page.get_by_text("Change the time").first.click()
    assert axe_of(page) == []
    page.get_by_label("When", exact=True).fill(f"{day:%Y-%m-%d}T17:15")
    page.get_by_role("button", name="Change the time").click()
    expect(page.get_by_text("The time is changed")).to_be_visible()
    page.get_by_role("button", name="Change what it says, or to whom").click()
    expect(page.get_by_text("This is a change of message")).to_be_visible()
    expect(page.get_by_label("When", exact=True)).to_have_value(f"{day:%Y-%m-%d}T17:15")
    assert axe_of(page) == []
    page.get_by_label("Message", exact=True).fill("The gala is on Saturday.")
    page.get_by_role("button", name="Check before sending").click()
    page.get_by_role("button", name=re.compile("^Change it")).click()
    expect(page.get_by_text("The gala is on Saturday.")).to_be_visible()
    expect(page.get_by_text("It goes out")).to_be_visible()
    page.goto(f"{linked_demo.portal}/messaging/scheduled/")
    expect(page.get_by_role("link", name="The gala is on")).to_have_count(1)


def test_a_deleted_draft_comes_back_by_undo(linked_demo, desk, axe_of):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("Message", exact=True).fill("Deleted by a slip.")
    page.get_by_role("button", name="Save the draft").click()
    page.goto(f"{linked_demo.portal}/messaging/drafts/")
    page.get_by_role("row", name="Deleted by a slip.").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Deleted by a slip.")).to_have_count(0)
    assert axe_of(page) == []
    page.get_by_role("button", name="Undo Deleted by a slip.").click()
    expect(page.get_by_role("link", name="Deleted by a slip.")).to_be_visible()


def test_a_new_message_begins_from_an_occasion(linked_demo, desk, axe_of):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("Begin from a template").click()
    assert axe_of(page) == []
    page.get_by_role("link", name="School closed").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value(re.compile("is closed on"))


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


LETTER, MAP = "家长信 letter.pdf", "地图 map.png"


def test_words_in_two_languages_and_then_their_files_lie_on_the_phone_in_order(linked_demo, desk, axe_of):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("By year and form").click()
    page.get_by_label("Year 13: their contacts", exact=True).check()
    page.get_by_label("Message", exact=True).fill("The letter of ((children)) is below.")
    page.get_by_text("Texts in other languages").click()
    page.get_by_label("简体中文").fill("（（孩子））的信在下面。The letter")
    png = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(png, "PNG")
    chosen = [(MAP, png.getvalue()), (LETTER, b"%PDF-1.7 a letter")]
    page.get_by_label("Files that follow").set_input_files(
        [{"name": name, "mimeType": "", "buffer": data} for name, data in chosen]
    )
    page.get_by_role("button", name="Add these files").click()
    expect(page.locator("#files li")).to_have_text([re.compile(MAP), re.compile(LETTER)])
    page.get_by_role("button", name=f"Move up {LETTER}").press("Enter")
    expect(page.locator("#files li")).to_have_text([re.compile(LETTER), re.compile(MAP)])
    expect(page.get_by_label("Message", exact=True)).to_have_value("The letter of ((children)) is below.")
    assert axe_of(page) == []
    page.get_by_role("button", name="Check before sending").click()
    expect(page.locator(".phone-preview").first.locator(".bubble")).to_have_count(3)
    assert axe_of(page) == []
    send(page)
    finished(page)
    assert axe_of(page) == []
    inbox = {u: texts for u, texts in linked_demo.state()["inbox"].items() if any("The letter" in t for t in texts)}
    languages = set()
    for userid, texts in inbox.items():
        (words,) = [text for text in texts if "The letter" in text]
        languages.add("zh" if "的信" in words else "en")
        assert texts[f"[file] {LETTER}"] == texts[f"[image] {MAP}"] == 1
        page.goto(f"{linked_demo.simulator}/phone/{linked_demo.state()['members'][userid]['mobile']}/")
        html = page.content()
        assert html.index("The letter") < html.index(LETTER) < html.index(MAP)
    assert languages == {"zh", "en"} and len(inbox) > 1


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


def test_who_only_looks_for_somebody_leaves_no_draft(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_text("Begin from a template").click()
    page.get_by_role("link", name="School closed").click()
    expect(page.get_by_label("Message", exact=True)).not_to_have_value("")
    page.get_by_label("Name, child, reference or e-mail").first.press_sequentially("chen")
    page.wait_for_timeout(4000)
    assert "/messaging/new/" in page.url
    page.get_by_label("Message", exact=True).press_sequentially("And")
    expect(page.locator("[data-autosaved]")).to_contain_text("Saved at", timeout=10000)


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


def test_a_file_too_large_is_named_beside_its_field_before_it_travels(linked_demo, desk):
    page = desk
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.get_by_label("Kind").select_option(label="Video")
    large = {"name": "sports day.mp4", "mimeType": "video/mp4", "buffer": b"\0" * (10 * 1024 * 1024 + 500_000)}
    page.get_by_label("Picture, video or file").set_input_files(large)
    why = page.get_by_text("“sports day.mp4” has 10.5 MB. A file may have 10 MB here: choose a smaller one.")
    expect(why).to_be_visible()
    assert page.locator("#id_file").input_value() == ""
    page.get_by_label("Kind").select_option(label="File")
    page.get_by_label("Picture, video or file").set_input_files(large)
    expect(why).to_be_hidden()
    assert page.locator("#id_file").input_value().endswith("sports day.mp4")
    page.get_by_label("Kind").select_option(label="Text")
    several = [{"name": f"{n}.pdf", "mimeType": "", "buffer": b"\0" * 13 * 1024 * 1024} for n in range(2)]
    page.get_by_label("Files that follow").set_input_files(several)
    expect(page.get_by_text("These files have 26 MB. At a time they may have 24 MB together.")).to_be_visible()


def test_a_bar_shows_how_far_an_upload_is_and_the_page_goes_on_by_itself(linked_demo, desk):
    page, held = desk, []
    page.goto(f"{linked_demo.portal}/messaging/new/")
    page.route(
        "**/messaging/**",
        lambda route: held.append(route) if "x-upload" in route.request.headers else route.continue_(),
    )
    page.get_by_label("All parents and contacts").check()
    page.get_by_label("Kind").select_option(label="File")
    chosen = {"name": "letter.pdf", "mimeType": "", "buffer": b"%PDF-1.7" + b"\0" * 2_000_000}
    page.get_by_label("Picture, video or file").set_input_files(chosen)
    page.get_by_role("button", name="Check before sending").click()
    expect(page.get_by_role("progressbar", name="Uploading")).to_be_visible()
    for _ in range(50):
        if held:
            break
        page.wait_for_timeout(100)
    held.pop().continue_()
    expect(page.get_by_role("heading", name="Check before sending")).to_be_visible()
    expect(page.locator(".bubble").first).to_contain_text("letter.pdf")
    page.go_back()
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()


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
    page.get_by_label("Username, reference or e-mail").fill(linked_demo.sign_ins["sender"]["username"])
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
