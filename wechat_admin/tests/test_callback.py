"""The callback: the published vectors, what is refused, what is kept, and that an event completes nothing."""

import logging
import time

import pytest
import requests
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client

from portal.access.demo import make_administrator
from portal.crypto import Secret
from portal.ledger import mark
from portal.ledger.models import Mark
from wechat_admin.callback import receiving as callback
from wechat_admin.callback.actions import set_up_callback
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account
from wechat_admin.models import AutoReply, CallbackEvent, EnterpriseAccount, SendingGate
from wechat_admin.wecom.envelope import BadEnvelope, Envelope, new_aes_key, new_token

ADDRESS = "/wechat/callback"

# Published samples: token, key, receive id, signature, timestamp, nonce, encrypted, plain (doc 90968 and two SDKs).
OFFICIAL = ("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
VERIFICATIONS = [
    (
        OFFICIAL,
        ("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780"),
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
        b"1616140317555161061",
    ),
    (
        ("hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ww1436e0e65a779aee"),
        ("012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb", "1476416373", "47744683"),
        "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA==",
        b"1288432023552776189",
    ),
    (
        ("kjr2TKI8umCBfVF3wAHk8JiPwma5VBme", "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws", "ww6a112864f8022910"),
        ("1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011", "1583940690", "VHh7ymSeb0jc4lSb"),
        "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==",
        b"94966531020182955848408",
    ),
    (
        ("123456", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a"),
        ("dd6b9c95b495b3f7e2901bfbc76c664930ffdb96", "1411443780", "437374425"),
        "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
        b"5927782489442352469",
    ),
]
MESSAGE_A = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
MESSAGE_E = (
    "EUCt7xMcNiyASzZj0Hjc5yDjFQrCum6AfQ3ntHiUzjGQ51xieKmbvtrZ40/EcB2W/W8yH0n4Lqx48gJl/T9HD/R309I0P/r5pIZucK3lyEn48FYM"
    "r4YdE0QdL2jIJ3xkcXUr6uzefzCxG6lMvwpAJaOyVCzN7sRRw47njfxy5EIqU6R9ZBhlTzfdnhhOhK/nTwzrZX3SoGlXFA9OBeZ6ru1NWpXFk76x"
    "9DUMe0lcxPPiUqK8ctnQcYXSGUHVqC6DfG7E7mab0OmruNN8cBZY5d3dYOBA4OgaH55Q0AJmUpdT8vNiXpXx+6TxT3TIjySXpDrHVyrsb772aYyw"
    "gg/Nu4kUmGkALwFZlzhjNegR7wDwb9lr4ERXsSSS8JZ8lbBmaQ3F2Tq584xoPj5rIhXAF734ynm4no1g+SdHiNqR328="
)
REPLY_F = (
    "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n"
    "<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n<ToUserName><![CDATA[messense]]></ToUserName>\n"
    "<AgentID>1</AgentID>\n<CreateTime>1411525903</CreateTime>\n</xml>"
)
SEALED_F = (
    "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8GqxlhZgURnAtObvesEl5nZ"
    "+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2Q1qvSUCUld+/WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p"
    "9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJvFurDXafG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kF"
    "xtAGVRe3ypD3WeK2XeFYFMNMpatF9XiKzHo3"
)


# --- the envelope ---


@pytest.mark.parametrize(("company", "query", "encrypted", "plain"), VERIFICATIONS)
def test_published_verifications_open(company, query, encrypted, plain):
    assert Envelope(*company).open(*query, encrypted) == plain


def test_published_messages_open():
    query = ("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149")
    plain = Envelope(*OFFICIAL).open(*query, MESSAGE_A)
    assert b"<Content><![CDATA[hello]]></Content>" in plain and b"<FromUserName><![CDATA[mycreate]]>" in plain
    company = ("kz7Yx62CH8SaLN", "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP", "ww6a112864f8022910")
    query = ("f265ae551b1932727204c3d707628d01376a6940", "1583995625", "1584392382")
    assert b"<MsgId>2018405441</MsgId>" in Envelope(*company).open(*query, MESSAGE_E)


def test_a_published_reply_is_sealed_and_signed_byte_for_byte():
    envelope = Envelope("123456", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a")
    sealed = envelope.seal(REPLY_F.encode(), random16=b"1234567890123456")
    assert sealed == SEALED_F
    assert envelope.sign("1411525903", "461056294", sealed) == "407518b7649e86ef23978113f92d27afa9296533"


@pytest.mark.parametrize("change", ["signature", "timestamp", "nonce", "receive id", "cipher"])
def test_whatever_is_changed_is_refused(change):
    company, (signature, timestamp, nonce), encrypted, _ = VERIFICATIONS[2]
    if change == "receive id":
        company = (*company[:2], "ww0000000000000000")
    if change == "cipher":
        encrypted = encrypted[:-6] + "AAAA=="
        signature = Envelope(*company).sign(timestamp, nonce, encrypted)
    changed = {"signature": signature, "timestamp": timestamp, "nonce": nonce}
    if change in changed:
        changed[change] = changed[change][:-1] + "9"
    with pytest.raises(BadEnvelope):
        Envelope(*company).open(changed["signature"], changed["timestamp"], changed["nonce"], encrypted)


def test_new_pairs_are_as_the_console_wants_them():
    token, key = new_token(), new_aes_key()
    assert (len(token), len(key)) == (32, 43) and (token + key).isalnum()
    envelope = Envelope(token, key, "ww1")
    for size in range(70):
        sealed = envelope.seal(b"x" * size)
        assert envelope.open(envelope.sign("1", "n", sealed), "1", "n", sealed) == b"x" * size


# --- the address ---


@pytest.fixture
def account(db):
    make_account()
    EnterpriseAccount.objects.update(callback_token=Secret(new_token()), callback_aes_key=Secret(new_aes_key()))
    return EnterpriseAccount.objects.get()


def sealed(account, inside):
    envelope = callback.envelope_of(account)
    encrypted = envelope.seal(inside.encode())
    query = {"timestamp": "1", "nonce": "n", "msg_signature": envelope.sign("1", "n", encrypted)}
    return query, f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"


def post(client, query, body):
    address = f"{ADDRESS}?msg_signature={query['msg_signature']}&timestamp={query['timestamp']}&nonce={query['nonce']}"
    return client.post(address, body, content_type="text/xml")


def event(name="subscribe", userid="sp-1", at=1):
    return (
        f"<xml><FromUserName>{userid}</FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType>event</MsgType><Event>{name}</Event></xml>"
    )


def message(userid="sp-1", number=7, text="a private word"):
    return (
        f"<xml><FromUserName>{userid}</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>"
        f"<Content>{text}</Content><MsgId>{number}</MsgId></xml>"
    )


def test_the_console_sees_its_echo_even_from_a_draft_with_a_corporation_id_only(client, account):
    EnterpriseAccount.objects.update(application_secret=Secret(), address_book_secret=Secret(), qr_target="")
    envelope = callback.envelope_of(account)
    echo = envelope.seal(b"12345")
    query = {"timestamp": "1", "nonce": "n", "msg_signature": envelope.sign("1", "n", echo), "echostr": echo}
    response = client.get(ADDRESS, query)
    assert (response.status_code, response.content) == (200, b"12345")
    assert EnterpriseAccount.objects.get().callback_verified_at


def test_a_new_token_and_key_are_proven_anew(account):
    EnterpriseAccount.objects.update(callback_verified_at=Now())
    assert not set_up_callback(by=None, anew=False) and EnterpriseAccount.objects.get().callback_verified_at
    assert set_up_callback(by=None) and EnterpriseAccount.objects.get().callback_verified_at is None


def test_what_comes_is_answered_with_nothing_and_kept_once(account, doorbells, committed):
    client = Client(enforce_csrf_checks=True)
    with committed():
        for _ in range(3):
            response = post(client, *sealed(account, event()))
            assert (response.status_code, response.content) == (200, b"")
    assert CallbackEvent.objects.count() == 1
    assert set(doorbells) == {callback.PROCESS}


def test_what_a_person_writes_is_not_kept(client, account, doorbells):
    post(client, *sealed(account, message()))
    kept = CallbackEvent.objects.values().get()
    assert kept["kind"] == "message" and kept["userid"] == "sp-1"
    assert "private" not in str(kept)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'


@pytest.mark.django_db
def test_a_body_too_large_is_refused_before_it_is_read(client, account):
    query = {"timestamp": "1", "nonce": "n", "msg_signature": "0" * 40}
    assert post(client, query, "x" * 70_000).status_code == 413
    assert not CallbackEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "no xml", BOMB, "<xml></xml>", "<xml><Encrypt>AAAA</Encrypt></xml>"])
def test_bad_callers_are_refused_counted_and_logged_without_content(client, account, caplog, body):
    caplog.set_level(logging.INFO)
    cache.clear()
    query = {"timestamp": "1", "nonce": "n", "msg_signature": "0" * 40}
    assert post(client, query, body).status_code == 403
    assert callback.refused_lately() == 1
    assert not CallbackEvent.objects.exists()
    assert "A callback was refused" in caplog.text and "AAAA" not in caplog.text


def test_an_event_for_another_company_is_refused(client, account):
    query, body = sealed(account, event())
    EnterpriseAccount.objects.update(corporation_id="ww99999999")
    assert post(client, query, body).status_code == 403


def test_unknown_events_are_taken_and_do_nothing(client, account, doorbells):
    assert post(client, *sealed(account, event("template_card_event"))).status_code == 200
    callback.process()
    assert CallbackEvent.objects.get().processed_at


def test_before_it_is_set_up_everything_is_refused(client, db):
    assert client.get(ADDRESS).status_code == 403


# --- with the simulator ---


def active_member(simulator):
    account = make_account()
    address_book_client(account).create_member(
        userid="sp-1", name="A", mobile="+8613000000001", department=[1], to_invite=False
    )
    simulator.scan("+8613000000001")


def test_a_sender_is_answered_once_a_day_in_three_languages(client, account, simulator, doorbells):
    active_member(simulator)
    for number in range(3):
        post(client, *sealed(account, message(number=number)))
    callback.process()
    ((text, copies),) = simulator.inbox["sp-1"].items()
    assert copies == 1 and "Messages here are not read." in text and "office@harbourbridge.example" in text
    assert "这里" in text and AutoReply.objects.count() == 1
    AutoReply.objects.update(on="2020-01-01")
    simulator.later(hours=5)
    post(client, *sealed(account, message(number=9)))
    callback.process()
    assert simulator.inbox["sp-1"][text] == 2


def written_to_us(name="x"):
    return CallbackEvent.objects.create(digest=name, kind=callback.MESSAGE, userid="sp-1")


def test_nobody_is_answered_while_nothing_may_leave_and_all_else_is_worked_on(account, simulator, doorbells):
    active_member(simulator)
    event = written_to_us()
    CallbackEvent.objects.create(digest="y", kind="unsubscribe", userid="sp-1")
    mark.hold()
    callback.process()
    assert list(CallbackEvent.objects.filter(processed_at=None)) == [event] and simulator.inbox == {}
    mark.release(Mark.objects.get().name)
    SendingGate.objects.update(paused=True)
    callback.process()
    assert simulator.inbox == {}
    SendingGate.objects.update(paused=False)
    callback.process()
    assert list(simulator.inbox["sp-1"].values()) == [1]


def test_what_a_backup_knows_as_unanswered_is_not_answered_twice(account, simulator, doorbells):
    active_member(simulator)
    written_to_us()
    callback.process()
    CallbackEvent.objects.update(processed_at=None)
    AutoReply.objects.all().delete()
    callback.process()
    assert list(simulator.inbox["sp-1"].values()) == [1]
    CallbackEvent.objects.update(processed_at=None, received_at=Now() - callback.ANSWERED_WITHIN)
    AutoReply.objects.all().delete()
    simulator.later(hours=5)
    callback.process()
    assert list(simulator.inbox["sp-1"].values()) == [1] and CallbackEvent.objects.get().processed_at


def test_a_reply_that_cannot_be_written_down_outside_is_given_back(account, simulator, doorbells, monkeypatch):
    active_member(simulator)
    written_to_us()
    monkeypatch.setattr(mark, "write_down", lambda: False)
    callback.process()
    assert simulator.inbox == {} and not AutoReply.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_simulator_verifies_the_address_and_tells_of_new_members(live_server, simulator, doorbells):
    make_account()
    EnterpriseAccount.objects.update(callback_token=Secret(new_token()), callback_aes_key=Secret(new_aes_key()))
    account = EnterpriseAccount.objects.get()
    values = {
        "url": live_server.url + ADDRESS,
        "token": account.callback_token.reveal(),
        "aes_key": account.callback_aes_key.reveal(),
    }
    asked = {"headers": {"Accept": "application/json"}, "timeout": 10}
    answer = requests.post(f"{simulator.address}/control/callback", values | {"token": "wrong"}, **asked).json()
    assert "did not answer as it should" in answer["answer"]
    answer = requests.post(f"{simulator.address}/control/callback", values, **asked).json()
    assert answer == {"answer": "The address answered; saved."}
    active_member(simulator)
    until = time.monotonic() + 10
    while not CallbackEvent.objects.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert CallbackEvent.objects.get().kind == "subscribe"


# --- the card ---


def test_the_card_shows_what_to_copy_to_those_who_may_change(client, db):
    client.force_login(make_administrator())
    make_account()
    html = client.get("/application-setup/weixin-wechat/").content.decode()
    assert "Make a token and a key" in html
    client.post("/application-setup/weixin-wechat/callback/")
    account = EnterpriseAccount.objects.get()
    response = client.get("/application-setup/weixin-wechat/")
    html = response.content.decode()
    assert f"http://testserver{ADDRESS}" in html and "no-store" in response.headers["Cache-Control"]
    assert account.callback_token.reveal() in html and account.callback_aes_key.reveal() in html
    html = client.get("/application-setup/weixin-wechat/").content.decode()
    assert account.callback_token.reveal() not in html and account.callback_aes_key.reveal() not in html
    assert "were shown once" in html
    assert "not verified yet" in html
