"""The product's main job from nothing, as a newcomer does it: link, register, send, see it arrive, close again.

One story in five chapters; each begins where the one before it ended.
"""

import requests
from playwright.sync_api import expect

TEXT = "Dear parents of Year 7, the trip to the museum starts at 8:30 tomorrow. 请带好雨具。☂"


def test_1_an_administrator_links_the_account_and_gives_a_colleague_messaging(fresh_demo, page, tmp_path):
    demo = fresh_demo
    qr = tmp_path / "qr.png"
    qr.write_bytes(requests.get(demo.account["qr_code"], timeout=10).content)
    demo.sign_in(page, "administrator")
    page.get_by_role("navigation").get_by_role("link", name="Weixin / WeChat Administration").first.click()
    expect(page.get_by_role("heading", name="Have these five things ready")).to_be_visible()

    page.fill("[name=corporation_id]", "ww0000000000")
    page.get_by_role("link", name="Cancel").click()
    page.goto(f"{demo.portal}/application-setup/weixin-wechat-registration/")
    expect(page.locator("[name=corporation_id]")).to_have_value("")

    page.get_by_role("button", name="About “Corporation id”").click()
    expect(page.get_by_text("我的企业 → 企业信息")).to_be_visible()
    page.keyboard.press("Escape")
    page.fill("[name=corporation_id]", demo.account["corporation_id"])
    page.fill("[name=application_secret]", demo.account["application_secret"])
    page.fill("[name=application_agent_id]", str(demo.account["application_agent_id"]))
    page.check("[name=registration_visible]")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-wrong").get_by_text("once all five are in place")).to_be_visible()
    expect(page.locator("[name=corporation_id]")).to_have_value(demo.account["corporation_id"])

    page.fill("[name=application_secret]", demo.account["application_secret"])
    page.fill("[name=address_book_secret]", demo.account["address_book_sync_secret"])
    page.set_input_files("[name=qr_code]", qr)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Registration is visible.")).to_be_visible()
    expect(page.get_by_text("Leads to")).to_be_visible()
    assert demo.account["application_secret"] not in page.content()

    page.get_by_role("navigation").get_by_role("link", name="Administrator Profiles").first.click()
    page.fill("[name=name]", "Office")
    page.get_by_role("button", name="Create the profile").click()
    page.get_by_label("Write and send messages").check()
    page.get_by_role("button", name="Save").click()
    page.fill("[name=q]", "staff")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("row", name="staff").get_by_role("button", name="Add").first.click()
    expect(page.get_by_text("now holds Office")).to_be_visible()


def _register(demo, page, role, start):
    """Through the steps to the QR code, the scan, and "Registered". Returns the number."""
    demo.sign_in(page, role, at=start)
    if start == "/sign-in/":
        expect(page).to_have_url(f"{demo.portal}/my-details/")
        page.get_by_role("link", name="Weixin / WeChat registration").click()
    expect(page.get_by_text("Step 1 of 4")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".field-wrong .error")).to_have_text(
        "Tick the box to go on. Without it the school sends you nothing."
    )
    page.get_by_label("I agree to receive").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Step 2 of 4")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Step 3 of 4")).to_be_visible()
    expect(page.locator("main img")).to_have_count(1, timeout=15000)
    page.reload()
    number = page.evaluate(
        "async () => (await (await fetch('/WeChatRegistration/Step2')).text()).match(/value=\"(\\+[0-9 -]+)\"/)[1]"
    )
    requests.post(f"{demo.simulator}/scan", {"number": number}, timeout=10).raise_for_status()
    expect(page.get_by_text("Step 4 of 4")).to_be_visible(timeout=15000)
    expect(page.get_by_role("heading", name="Registered")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_text("Step 4 of 4")).to_be_visible()
    return number


def test_2_a_contact_a_pupil_and_a_member_of_staff_register(fresh_demo, page):
    _register(fresh_demo, page, "contact", "/sign-in/")
    fresh_demo.sign_out(page)
    _register(fresh_demo, page, "pupil", "/sign-in/")
    fresh_demo.sign_out(page)
    fresh_demo.choose_password(page, "staff")
    fresh_demo.sign_out(page)
    _register(fresh_demo, page, "staff", "/wechatregistration/step1")
    members = fresh_demo.state()["members"]
    assert len(members) == 3
    assert {member["status"] for member in members.values()} == {1}
    assert {member["invitations"] for member in members.values()} == {0}


def test_3_the_colleague_sends_and_4_it_lies_on_every_registered_phone_once(fresh_demo, page):
    demo = fresh_demo
    demo.sign_in(page, "staff")
    page.get_by_role("navigation").get_by_role("link", name="Messaging").first.click()
    page.get_by_role("link", name="New message").click()
    page.get_by_label("All parents and contacts").check()
    page.get_by_role("button", name="Check before sending").click()
    expect(page.locator(".field-wrong .error")).to_have_text("Write a message.")
    page.get_by_label("Message", exact=True).fill(TEXT)
    expect(page.locator("[data-count=id_text] [data-bytes]:visible")).to_have_text(str(len(TEXT.encode())))
    page.get_by_role("button", name="Check before sending").click()
    expect(page.get_by_text("never registered")).to_be_visible()
    page.get_by_role("link", name="1", exact=True).click()
    expect(page.locator(".names li")).to_have_count(1)
    page.get_by_role("button", name="Send 1 message").dblclick()
    page.get_by_role("button", name="Send at once").click()
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=20000)
    expect(page.get_by_role("link", name="1", exact=True)).to_be_visible()
    inbox = demo.state()["inbox"]
    # Everybody newly registered has the first message as well.
    assert [texts[TEXT] for texts in inbox.values() if TEXT in texts] == [1]
    assert demo.state()["calls"]["message/send"] == {"0": 1 + len(inbox)}
    (userid,) = [userid for userid, texts in inbox.items() if TEXT in texts]
    page.goto(f"{demo.simulator}/phone/{demo.state()['members'][userid]['mobile']}/")
    expect(page.locator(".bubble").last).to_have_text(TEXT)


def test_5_hiding_takes_the_screens_away_and_an_administrator_cannot_register_for_others(fresh_demo, page, browser):
    demo = fresh_demo
    demo.sign_in(page, "administrator")
    page.goto(f"{demo.portal}/accounts-profiles/accounts/")
    page.fill("[name=q]", "DEMO-P0001")
    page.get_by_role("button", name="Search").click()
    assert "P0001" not in page.url
    # A family is found by the child: the pupil, and the parents below.
    page.get_by_role("link", name="Impersonate").first.click()
    page.get_by_label("Why").fill("She asks what she sees")
    page.get_by_role("button", name="View as them").click()
    expect(page.get_by_text("You are viewing as")).to_be_visible()
    page.goto(f"{demo.portal}/WeChatRegistration/Step1")
    expect(page.locator(".band-warn")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)
    page.get_by_role("button", name="Stop viewing").click()

    page.goto(f"{demo.portal}/application-setup/weixin-wechat/")
    page.uncheck("[name=registration_visible]")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Registration is not visible.")).to_be_visible()

    stranger = browser.new_context().new_page()
    response = stranger.goto(f"{demo.portal}/WeChatRegistration/Step1")
    assert response.status == 404
    expect(stranger.get_by_text("Registration for Weixin / WeChat messages is not open.")).to_be_visible()
    demo.sign_in(stranger, "contact")
    expect(stranger.get_by_text("You receive the school's messages in WeChat.")).to_be_visible()
    expect(stranger.get_by_role("link", name="registration", exact=False)).to_have_count(0)
    stranger.context.close()

    demo.sign_out(page)
    demo.sign_in(page, "staff")
    page.goto(f"{demo.portal}/messaging/new/")
    page.get_by_label("Everyone registered").check()
    page.get_by_label("Message", exact=True).fill("Subscribers stay.")
    page.get_by_role("button", name="Check before sending").click()
    page.get_by_role("button", name="Send 3 messages").click()
    page.get_by_role("button", name="Send at once").click()
    expect(page.locator("#progress .pill").first).to_contain_text("finished", timeout=20000)
    assert sum(texts.get("Subscribers stay.", 0) for texts in demo.state()["inbox"].values()) == 3
