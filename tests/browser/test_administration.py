"""The administrator's screen: the callback before the rest, wrong set-ups to their remedies, from first link to green."""

import io

import pytest
import requests
from PIL import Image
from playwright.sync_api import expect


@pytest.fixture
def screen(unlinked_demo, page):
    unlinked_demo.sign_in(page, "administrator")
    page.goto(f"{unlinked_demo.portal}/application-setup/weixin-wechat/")
    return page


def row(page, name):
    return page.locator("#check-rows tr").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def check_now(page):
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#check-rows .pill-info")).to_have_count(0, timeout=20000)


def test_1_the_callback_is_set_up_before_the_rest(unlinked_demo, screen):
    screen.fill("[name=corporation_id]", unlinked_demo.account["corporation_id"])
    screen.get_by_role("button", name="Save").click()
    screen.get_by_role("button", name="Make a token and a key").click()
    url, token, key = screen.locator("dl.copy code").all_inner_texts()
    values = {"url": url, "token": token, "aes_key": key}
    answer = requests.post(
        f"{unlinked_demo.simulator}/control/callback", values, headers={"Accept": "application/json"}, timeout=10
    )
    assert answer.json() == {"answer": "The address answered; saved."}
    screen.reload()
    expect(screen.get_by_text("WeCom verified the address:")).to_be_visible()


def test_2_wrong_values_are_refused_at_their_fields_and_nothing_typed_is_lost(unlinked_demo, screen):
    account = unlinked_demo.account
    screen.fill("[name=application_secret]", account["application_secret"])
    screen.fill("[name=address_book_secret]", "wrong-secret")
    screen.fill("[name=application_agent_id]", str(account["application_agent_id"]))
    screen.get_by_role("button", name="Save").click()
    expect(screen.locator(".field-wrong")).to_have_count(1)
    expect(screen.locator(".field-wrong .error")).to_contain_text("WeCom does not accept this secret")
    expect(screen.get_by_text("What you typed is kept, though not shown.")).to_be_visible()
    screen.fill("[name=address_book_secret]", account["address_book_sync_secret"])
    screen.get_by_role("button", name="Save").click()
    expect(screen.get_by_text("Saved. Still missing: QR code.")).to_be_visible()


def test_3_a_large_photograph_of_the_code_links_the_school(unlinked_demo, screen, tmp_path):
    code = Image.open(io.BytesIO(requests.get(unlinked_demo.account["qr_code"], timeout=10).content)).convert("RGB")
    photograph = Image.new("RGB", (4032, 3024), "#9a8f7c")
    photograph.paste(code.resize((1500, 1500)), (1200, 700))
    file = tmp_path / "IMG_0007.JPG"
    photograph.rotate(90, expand=True).save(file, quality=80)
    screen.set_input_files("[name=qr_code]", file)
    screen.get_by_label("Make registration visible").check()
    screen.get_by_role("button", name="Save").click()
    expect(screen.get_by_text("Saved. Registration is visible.")).to_be_visible()


def refusal(call, code):
    return "rule", {"call": call, "effect": "error", "code": str(code), "times": "-1"}


WRONG = [
    (
        "untrusted address",
        ("switch", {"name": "trusted_ip", "on": "0"}),
        "Application",
        "The address to enter: 127.0.0.1",
    ),
    (
        "application off",
        ("switch", {"name": "application_enabled", "on": "0"}),
        "Application",
        "The application is switched off.",
    ),
    ("empty range", ("range", {}), "Visible range", "The visible range is empty"),
    ("busy", ("rule", {"call": "agent/get", "effect": "busy", "times": "-1"}), "Application", "WeCom is busy."),
    (
        "limit",
        ("rule", {"call": "user/list_id", "effect": "error", "code": "45009", "times": "-1"}),
        "Address book",
        "The limit",
    ),
    ("closed for want of use", refusal("agent/get", 48006), "Application", "nobody used it for long"),
    ("barred", refusal("agent/get", 60031), "Application", "WeCom has barred the application."),
    ("another application's number", refusal("agent/get", 301002), "Application", "Copy both from the same"),
    ("a secret of the wrong kind", refusal("user/list_id", 48002), "Address book", "This secret may not do this."),
    (
        "sync address not trusted",
        refusal("user/list_id", 60020),
        "Address book",
        "trusted IP list (企业可信IP) of the application, and to that of the address book sync",
    ),
]


@pytest.mark.parametrize(("name", "order", "check", "remedy"), WRONG)
def test_4_each_fault_at_wecom_ends_at_its_row_and_turns_green_again(unlinked_demo, screen, name, order, check, remedy):
    unlinked_demo.control(order[0], **order[1])
    check_now(screen)
    expect(row(screen, check)).to_contain_text(remedy)
    unlinked_demo.control("clear")
    for switch in ("trusted_ip", "application_enabled"):
        unlinked_demo.control("switch", name=switch, on="1")
    unlinked_demo.control("range", department=["1"])
    check_now(screen)
    expect(row(screen, check)).to_contain_text("in order")


def test_5_hiding_while_somebody_is_on_step_2_and_showing_again(unlinked_demo, screen, browser):
    person = browser.new_context().new_page()
    unlinked_demo.sign_in(person, "contact", at="/WeChatRegistration/Step1")
    person.get_by_label("I agree").check()
    person.get_by_role("button", name="Continue").click()
    screen.get_by_label("Make registration visible").uncheck()
    screen.get_by_role("button", name="Save").click()
    expect(screen.get_by_text("1 person is part-way through registering.")).to_be_visible()
    person.get_by_role("button", name="Continue").click()
    expect(person.get_by_text("Registration for Weixin / WeChat messages is not open.")).to_be_visible()
    screen.get_by_label("Make registration visible").check()
    screen.get_by_role("button", name="Save").click()
    person.goto(f"{unlinked_demo.portal}/WeChatRegistration/Step1")
    expect(person.get_by_text("Step 2 of 4")).to_be_visible()
    person.context.close()


def test_6_invitations_go_out_with_the_number_first_and_are_readable(unlinked_demo, screen):
    screen.goto(f"{unlinked_demo.portal}/application-setup/invitations/")
    screen.get_by_label("All staff").check()
    screen.get_by_role("button", name="Count").click()
    button = screen.get_by_role("button", name="Send ")
    number = int(button.inner_text().split()[1])
    button.click()
    expect(screen.get_by_text(f"{number} letters together.")).to_be_visible()
    # They begin after the seconds in which it can be undone, and leave at the mail server's pace.
    expect(screen.locator(".state")).to_contain_text("✓ sent", timeout=90_000)
    letters = requests.get(f"{unlinked_demo.simulator}/mail/", timeout=10).text
    assert "Weixin / WeChat" in letters or "微信 / WeChat" in letters
