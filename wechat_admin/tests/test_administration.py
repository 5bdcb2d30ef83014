"""The administration screen: the guide's form, its refusals, and that no secret comes back."""

import io
import os
from datetime import timedelta

import pytest
import qrcode
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from wechat_admin import tasks
from wechat_admin.account import qr
from wechat_admin.demo import SIMULATOR_VALUES, make_account
from wechat_admin.models import EnterpriseAccount, SendingGate
from wechat_admin.models.gate import BEIJING

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/weixin-wechat/"
TARGET = "https://work.weixin.qq.com/wework_admin/wx_plugin/abc"


def picture(image, kind="PNG", name="qr.png", **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return SimpleUploadedFile(name, data.getvalue())


def code(text=TARGET, box=10):
    return qrcode.make(text, box_size=box).get_image().convert("RGB")


def form(**fields):
    values = {
        "corporation_id": "ww5c4001516a7042d1",
        "application_secret": "app-secret-1",
        "application_agent_id": "1000002",
        "address_book_secret": "book-secret-1",
        "version": EnterpriseAccount.objects.the().version,
        "qr_code": picture(code()),
    } | fields
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def save(client, **fields):
    return client.post(ADDRESS, form(**fields))


def said(response):
    return response.content.decode()


def test_saving_all_five_links_the_school(client, administrator):
    assert "Have these five things ready" in said(client.get(ADDRESS))
    assert save(client, registration_visible="on").status_code == 302
    account = EnterpriseAccount.objects.get()
    assert account.is_linked and account.is_registration_open
    assert account.application_secret.reveal() == "app-secret-1"
    assert account.qr_target == TARGET
    assert client.get(reverse("wechat-qr-preview")).headers["Content-Type"] == "image/png"


def test_a_draft_is_saved_and_says_what_is_missing(client, administrator):
    response = client.post(ADDRESS, {"corporation_id": "ww5c4001516a7042d1", "version": 0}, follow=True)
    assert "Saved. Still missing: Application secret, Application agent id, Address book sync secret, QR code." in said(
        response
    )
    assert not EnterpriseAccount.objects.get().is_linked


def test_visible_needs_all_five(client, administrator):
    response = save(client, application_secret=None, registration_visible="on")
    assert "Registration can be made visible once all five are in place." in said(response)
    assert not EnterpriseAccount.objects.exists()


def test_a_picture_is_kept_when_another_field_is_wrong(client, administrator):
    response = save(client, corporation_id="non sense")
    assert "A corporation id holds letters and digits only" in said(response)
    assert "The picture you chose is kept." in said(response)
    pending = response.context["form"]["pending_qr"].value()
    assert save(client, qr_code=None, pending_qr=pending).status_code == 302
    assert EnterpriseAccount.objects.the().qr_picture
    assert EnterpriseAccount.objects.get().qr_target == TARGET


def test_secrets_never_come_back_and_empty_keeps_them(client, administrator):
    save(client)
    html = said(client.get(ADDRESS))
    assert "app-secret-1" not in html and "book-secret-1" not in html
    assert "by administrator. Leave empty to keep it." in html
    save(client, application_secret="", address_book_secret="", qr_code=None)
    assert EnterpriseAccount.objects.get().application_secret.reveal() == "app-secret-1"
    wrong = said(save(client, application_secret="typed-anew", corporation_id="x y"))
    assert "typed-anew" not in wrong
    trail = "".join(f"{event} {event.details}" for event in AuditEvent.objects.all())
    assert "app-secret-1" not in trail and "book-secret-1" not in trail and "application_secret" in trail


def test_the_trail_says_from_what_to_what_the_application_changed(client, administrator):
    save(client, qr_code=None)
    save(client, application_agent_id="1000003", qr_code=None, confirmed="on")
    kept = AuditEvent.objects.filter(act="saved the Weixin / WeChat account").latest("id").details
    assert (kept["before"], kept["after"]) == ({"application_agent_id": 1000002}, {"application_agent_id": 1000003})


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("corporation_id", "ww 123", "holds letters and digits only"),
        ("corporation_id", "企业ID", "holds letters and digits only"),
        ("application_agent_id", "ten", "Enter a whole number."),
        ("application_agent_id", "-1", "greater than or equal to 0"),
        ("application_secret", "two words", "A secret holds no spaces."),
    ],
)
def test_a_mistake_is_named_at_its_field(client, administrator, field, value, sentence):
    response = save(client, **{field: value})
    assert sentence in said(response)
    assert list(response.context["form"].errors) == [field]


def test_of_two_administrators_the_second_is_told_and_loses_nothing(client, administrator):
    save(client)
    make_account(version=7, saved_by="Grace Lee", saved_at="2026-11-22T02:42:00Z")
    response = save(client, version=1, corporation_id="ww99999999", application_secret="typed-secret")
    html = said(response)
    assert "Grace Lee saved at 10:42. Your changes are below; save again to replace theirs." in html
    assert 'value="ww99999999"' in html and "typed-secret" not in html
    assert EnterpriseAccount.objects.get().corporation_id != "ww99999999"
    assert (
        save(client, version=response.context["form"]["version"].value(), corporation_id="ww99999999").status_code
        == 302
    )
    assert EnterpriseAccount.objects.get().corporation_id == "ww99999999"


def test_an_administrator_with_two_windows_is_not_told_of_somebody_else(client, administrator):
    save(client)
    make_account(version=7, saved_by=str(administrator), saved_at="2026-11-22T02:42:00Z")
    assert "You saved this in another window at 10:42." in said(save(client, version=1, corporation_id="ww99999999"))


def test_viewing_changing_and_switching_are_three_options(client):
    make_account(registration_visible=False)
    view = ["wechat_admin.view_account"]
    client.force_login(make_sign_in(make_person("staff"), options=view))
    assert ">Save<" not in said(client.get(ADDRESS))
    save(client, version=1, corporation_id="ww99999999", registration_visible="on")
    account = EnterpriseAccount.objects.get()
    assert account.corporation_id != "ww99999999" and not account.registration_visible
    client.force_login(make_sign_in(make_person("staff"), options=[*view, "wechat_admin.switch_registration"]))
    save(client, version=account.version, corporation_id="ww99999999", registration_visible="on")
    account.refresh_from_db()
    assert account.corporation_id != "ww99999999" and account.registration_visible
    assert client.post(reverse("pause-sending")).status_code == 403


def test_the_guides_other_name_leads_to_the_one_screen(client, administrator):
    assert client.get("/application-setup/weixin-wechat-registration/").url == ADDRESS


def test_sending_is_paused_and_goes_on(client, administrator):
    make_account()
    client.post(reverse("pause-sending"))
    assert SendingGate.objects.get().paused
    assert not EnterpriseAccount.objects.sending_allowed().exists()
    client.post(reverse("resume-sending"))
    assert EnterpriseAccount.objects.sending_allowed().exists()


def test_there_is_one_account_only():
    make_account()
    with pytest.raises(IntegrityError):
        EnterpriseAccount.objects.create(pk=2)


# --- pictures ---


def test_a_rotated_photograph_of_twelve_megapixels_is_read():
    photograph = Image.new("RGB", (4000, 3000), "#888")
    photograph.paste(code(box=30), (900, 700))
    photograph = photograph.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert qr.read_qrs(picture(photograph, "JPEG", "IMG_0001.JPG", exif=exif, quality=70))[0] == [TARGET]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_format_is_read(kind):
    assert qr.read_qrs(picture(code(), kind))[0] == [TARGET]


def test_the_picture_is_kept_as_pixels_alone_and_shown(client, administrator):
    exif = Image.Exif()
    exif[0x010E] = "a secret of the camera"
    upload = picture(code().convert("RGB").resize((1600, 1600)), "JPEG", "IMG_0001.JPG", exif=exif)
    assert save(client, qr_code=upload).status_code == 302
    kept = bytes(EnterpriseAccount.objects.the().qr_picture)
    assert b"secret" not in kept and Image.open(io.BytesIO(kept)).size == (600, 600)
    response = client.get(reverse("wechat-qr-picture"))
    assert response.content == kept and response["Content-Type"] == "image/jpeg"


def test_a_transparent_picture_is_read():
    image = code().convert("RGBA")
    pixels = image.load()
    for x in range(image.width):
        for y in range(image.height):
            if pixels[x, y][0] > 128:
                pixels[x, y] = (0, 0, 0, 0)
    assert qr.read_qrs(picture(image))[0] == [TARGET]


def two_codes():
    image = Image.new("RGB", (900, 450), "white")
    image.paste(code().resize((400, 400)), (20, 20))
    image.paste(code("https://other.example").resize((400, 400)), (480, 20))
    return picture(image)


def huge():
    """A hundred megapixels in a few kilobytes."""
    upload = picture(Image.new("1", (10000, 10000)), "PNG", optimize=True)
    assert upload.size < 20_000
    return upload


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (lambda: SimpleUploadedFile("a.png", b"not a picture"), "not a PNG, JPEG or WebP picture"),
        (
            lambda: SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "This is an SVG drawing. Save it as PNG",
        ),
        (lambda: SimpleUploadedFile("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40), "This is a HEIC picture."),
        (lambda: SimpleUploadedFile("a.png", os.urandom(16 * 1024 * 1024)), "must be 15 MB or smaller; it has 16.0 MB"),
        (lambda: picture(Image.new("RGB", (300, 300), "white")), "contains no QR code"),
        (two_codes, "several QR codes. Choose the school&#x27;s."),
        (huge, "must have 16 megapixels or less; it has 100"),
        (lambda: SimpleUploadedFile("a.png", picture(code()).read()[:300]), "or it is damaged"),
    ],
)
def test_each_bad_picture_has_its_own_sentence(client, administrator, upload, sentence):
    response = save(client, qr_code=upload())
    assert sentence in said(response)
    assert not EnterpriseAccount.objects.exists()


def test_of_two_codes_the_chosen_one_is_stored(client, administrator):
    response = save(client, qr_code=two_codes())
    assert [value for value, _ in response.context["form"].fields["qr_choice"].choices] == [
        "https://other.example",
        TARGET,
    ]
    pending = response.context["form"]["pending_qr"].value()
    assert save(client, qr_code=None, pending_qr=pending, qr_choice="https://forged.example").status_code == 200
    assert save(client, qr_code=None, pending_qr=pending, qr_choice=TARGET).status_code == 302
    assert EnterpriseAccount.objects.get().qr_target == TARGET


def test_the_code_to_join_is_asked_about_and_never_refused_for_good(client, administrator):
    join = "https://work.weixin.qq.com/join/abc"
    response = save(client, qr_code=picture(code(join)))
    assert "not the follow code from 我的企业 → 微信插件" in said(response)
    pending = response.context["form"]["pending_qr"].value()
    assert save(client, qr_code=None, pending_qr=pending, qr_join_meant="on").status_code == 302
    assert EnterpriseAccount.objects.get().qr_target == join


def say(client, name, shown=None):
    """What the page says after the press of a button about the account as it is, or as it was shown."""
    shown = EnterpriseAccount.objects.get().version if shown is None else shown
    return said(client.post(reverse(name), {"shown": shown}, follow=True))


@pytest.mark.parametrize(
    ("name", "field"), [("qr-still-works", "qr_tried_at"), ("address-book-hidden", "address_book_hidden_at")]
)
def test_nothing_is_noted_of_an_account_that_is_another_by_now(client, administrator, name, field):
    save(client)
    shown = EnterpriseAccount.objects.get().version
    save(client, qr_code=picture(code(TARGET + "x")))
    assert "This has changed since you opened the page" in say(client, name, shown)
    assert getattr(EnterpriseAccount.objects.get(), field) is None
    assert "Noted" in say(client, name)


def test_keys_that_a_colleague_has_made_meanwhile_are_not_made_anew_by_a_page_that_knows_of_none(client, administrator):
    save(client)
    assert "There are a new token and key." in say(client, "set-up-callback", "")
    made = EnterpriseAccount.objects.get().callback_token
    assert "This has changed since you opened the page" in say(client, "set-up-callback", "")
    assert EnterpriseAccount.objects.get().callback_token == made
    assert "There are a new token and key." in say(client, "set-up-callback", "anew")


def test_a_code_is_tried_at_once_if_it_leads_elsewhere_then_after_six_days_then_monthly(client, administrator):
    elsewhere = "https://elsewhere.example/x"
    assert save(client, qr_code=picture(code(elsewhere)), qr_host_meant=[elsewhere]).status_code == 302
    assert "leads to https://elsewhere.example/x, not to WeChat" in said(client.get(ADDRESS))
    say(client, "qr-still-works")
    assert "Still works" not in said(client.get(ADDRESS))
    EnterpriseAccount.objects.update(qr_target=TARGET, qr_tried_at=None, qr_set_at=timezone.now())
    assert not EnterpriseAccount.objects.get().qr_should_be_tried
    EnterpriseAccount.objects.update(qr_set_at=timezone.now() - timedelta(days=5))
    assert not EnterpriseAccount.objects.get().qr_should_be_tried
    EnterpriseAccount.objects.update(qr_set_at=timezone.now() - timedelta(days=7))
    assert EnterpriseAccount.objects.get().qr_should_be_tried
    assert "Scan the QR code once" in said(client.get("/"))
    EnterpriseAccount.objects.update(qr_tried_at=timezone.now() - timedelta(days=29))
    assert not EnterpriseAccount.objects.get().qr_should_be_tried
    EnterpriseAccount.objects.update(qr_tried_at=timezone.now() - timedelta(days=31))
    assert EnterpriseAccount.objects.get().qr_should_be_tried


def test_an_empty_file_is_named(client, administrator):
    assert "The submitted file is empty." in said(save(client, qr_code=SimpleUploadedFile("a.png", b"")))


def test_what_is_shown_is_drawn_by_us():
    drawn = qr.draw_qr(TARGET)
    assert drawn.startswith(b"\x89PNG") and qr.read_qrs(SimpleUploadedFile("drawn.png", drawn))[0] == [TARGET]
    assert Image.open(io.BytesIO(drawn)).width >= 200


# --- holds ---


def test_a_hold_is_lifted_when_a_harmless_call_succeeds(simulator):
    make_account()
    simulator.control("switch", name="trusted_ip", on="0")
    SendingGate.objects.hold(60020)
    tasks.probe()
    assert SendingGate.objects.get().hold_code == 60020
    simulator.control("switch", name="trusted_ip", on="1")
    tasks.probe()  # not due again yet
    assert SendingGate.objects.get().hold_code == 60020
    SendingGate.objects.update(probe_at=None)
    tasks.probe()
    assert SendingGate.objects.get().hold_code is None


def test_a_refused_secret_holds_until_another_one_is_saved(client, administrator, simulator):
    make_account(application_secret="wrong")
    SendingGate.objects.hold(40001)
    tasks.probe()
    SendingGate.objects.update(probe_at=None)
    tasks.probe()
    assert simulator.calls("gettoken") == {40001: 1}
    save(client, version=1, application_secret="", address_book_secret="", qr_code=None)
    assert SendingGate.objects.get().hold_code == 40001
    right = SIMULATOR_VALUES["application_secret"]
    save(client, version=2, application_secret=right, address_book_secret="", qr_code=None)
    assert SendingGate.objects.get().hold_code is None


def seconds_to_wait():
    row = SendingGate.objects.annotate(now=Now()).get()
    return round((row.wait_until - row.now).total_seconds())


def over():
    SendingGate.objects.update(wait_until=Now() - timedelta(seconds=1))


def test_waits_grow_only_while_nothing_goes_through():
    make_account()
    for expected in (60, 120, 240):
        gate = SendingGate.objects.get()
        gate.wait()
        assert not EnterpriseAccount.objects.sending_allowed().exists()
        gate.wait()  # another answer to a call of the same time
        assert abs(seconds_to_wait() - expected) <= 1 and SendingGate.objects.get().is_limited
        over()
    SendingGate.objects.get().went_through()
    assert EnterpriseAccount.objects.sending_allowed().exists()
    SendingGate.objects.get().wait()
    assert abs(seconds_to_wait() - 60) <= 1


def test_an_hour_in_which_nothing_went_through_is_the_days_limit():
    make_account()
    SendingGate.objects.get().wait()
    SendingGate.objects.update(limited_since=Now() - timedelta(minutes=61))
    over()
    SendingGate.objects.get().wait()
    beijing = timezone.now().astimezone(BEIJING)
    to_midnight = 86400 - (beijing.hour * 3600 + beijing.minute * 60 + beijing.second)
    assert abs(seconds_to_wait() - min(3600, to_midnight)) <= 2


def test_a_burst_of_too_many_calls_at_once_halves_the_connections_once(settings):
    make_account()
    settings.SENDING_CONNECTIONS = 8
    burst = [SendingGate.objects.get() for _ in range(5)]
    for gate in burst:
        gate.crowded()
    assert SendingGate.objects.get().calls_at_once == 4
    SendingGate.objects.get().crowded()
    assert SendingGate.objects.get().calls_at_once == 4, "those of the burst are still in the air"
    SendingGate.objects.update(halved_at=Now() - timedelta(seconds=4))
    SendingGate.objects.get().crowded()
    assert SendingGate.objects.get().calls_at_once == 2
    SendingGate.objects.all().widen()
    assert SendingGate.objects.get().calls_at_once == 2, "not before a minute is quiet"
    for expected in (3, 4, 5, 6, 7, 8, 8):
        SendingGate.objects.update(crowded_at=Now() - timedelta(seconds=61))
        SendingGate.objects.all().widen()
        assert SendingGate.objects.get().calls_at_once == expected
