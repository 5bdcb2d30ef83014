"""The client against answers of every kind: what it raises, what it repeats, and that nothing leaks."""

import contextlib
import datetime
import json
import logging
import socket
import socketserver
import ssl
import threading
import time

import pytest
import requests
import responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wechat_admin.connection.tokens import DatabaseTokenStore
from wechat_admin.demo import SIMULATOR_VALUES
from wechat_admin.models import Token
from wechat_admin.wecom.client import Client, json_bytes
from wechat_admin.wecom.codes import Course
from wechat_admin.wecom.errors import (
    NoToken,
    RecipientInvalid,
    WeComError,
    WeComMisconfigured,
    WeComRateLimited,
    WeComRejected,
    WeComUnavailable,
    WeComUnreachable,
    WeComUnreadable,
)
from wechat_admin.wecom.faults import EXPLANATIONS, Fault
from wechat_admin.wecom.lean import LeanTransport
from wechat_admin.wecom.tokens import AccessToken
from wechat_admin.wecom.transport import Transport

BASE = "https://qyapi.example"
CORPORATION, SECRET = "ww123", "the-secret-itself"


class MemoryStore:
    def __init__(self, token="TOKEN-1"):
        self.token, self.refusal, self.locked = token, None, False
        self.generation, self.on_trial = 1, False

    def current(self, key):
        return self.token and AccessToken(self.token, self.generation, self.on_trial)

    def refused(self, key):
        return self.refusal

    def may_refresh(self, key):
        return not self.locked

    def save(self, key, token, expires_in):
        self.token = token
        self.generation += 1
        return self.current(key)

    def refuse(self, key, errcode):
        self.refusal = errcode

    def release(self, key):
        pass

    def token_refused(self, key, generation):
        was_on_trial, self.token, self.on_trial = self.on_trial, None, True
        return not was_on_trial

    def token_works(self, key, generation):
        self.on_trial = False


def client(store=None, base=BASE, **options):
    return Client(Transport(base, **options), store or MemoryStore(), CORPORATION, SECRET)


@pytest.fixture
def wecom():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def loose_wecom():
    """As `wecom`, for calls of which nobody knows whether they are GET or POST."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def answer(wecom, call, method="POST", **fields):
    wecom.add(method, f"{BASE}/cgi-bin/{call}", json={"errcode": 0, "errmsg": "ok", **fields})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (-1, WeComUnavailable),
        (6000, WeComUnavailable),
        (45009, WeComRateLimited),
        (45033, WeComRateLimited),
        (60020, WeComMisconfigured),
        (48002, WeComMisconfigured),
        (301002, WeComMisconfigured),
        (81013, RecipientInvalid),
        (60111, RecipientInvalid),
        (45002, WeComRejected),
        (987654, WeComRejected),
    ],
)
def test_each_code_is_raised_as_what_the_caller_can_do(wecom, code, error):
    answer(wecom, "message/send", errcode=code, errmsg="text, hint: [123], from ip: 203.0.113.7, more info")
    with pytest.raises(error) as raised:
        client().send_message(b"{}")
    assert (type(raised.value), raised.value.code) == (error, code)
    assert (raised.value.from_ip, raised.value.hint) == ("203.0.113.7", "123")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, WeComUnreadable),
        (400, WeComUnreadable),
        (404, WeComUnreadable),
        (500, WeComUnavailable),
        (502, WeComUnavailable),
    ],
)
def test_an_http_fault_without_an_errcode_leaves_the_outcome_unknown(wecom, status, error):
    wecom.post(f"{BASE}/cgi-bin/message/send", status=status, body="<html>")
    with pytest.raises(WeComUnavailable) as raised:
        client().send_message(b"{}")
    assert type(raised.value) is error and raised.value.http_status == status
    assert raised.value.course in (Course.REPEAT, Course.REPEAT_SOON)


DEEP = "[" * 100_000
UNREADABLE = {
    "nothing": "",
    "no object": "null",
    "a list": "[]",
    "cut off": "{",
    "a web page": "<!doctype html><title>Sign in to the network</title>",
    "nested too deeply": DEEP,
    "nested too deeply inside": '{"errcode": 0, "x": ' + DEEP,
    "not UTF-8": b"\xff\xfe\xfa",
    "a number of 5,000 digits": '{"errcode": ' + "9" * 5000 + "}",
    "an errcode as text": '{"errcode": "0"}',
    "an errcode that is true": '{"errcode": true}',
    "an errcode beyond 32 bits": '{"errcode": 99999999999}',
    "an errcode that is a list": '{"errcode": [0]}',
}
# What is missing, of another kind, or no database would take; with errcode 0.
MISSHAPEN = ["null", "7", "true", "[]", "{}", '[{"a": 1}]', '"\\ud800"', '"\\u0000"', '"' + "x" * 5000 + '"', "[null]"]
READ = {
    "agent/get": (lambda c: c.application(1), ["name", "allow_userinfos", "allow_partys", "allow_tags"]),
    "message/send": (lambda c: c.send_message(b"{}"), ["msgid", "invaliduser", "unlicenseduser"]),
    "media/upload": (lambda c: c.upload("image", "a.png", b"x"), ["media_id"]),
    "user/get": (lambda c: c.status_of("a"), ["status"]),
    "user/convert_to_openid": (lambda c: c.openid_of("a"), ["openid"]),
    "user/getuserid": (lambda c: c.userid_by_mobile("1"), ["userid"]),
    "user/get_userid_by_email": (lambda c: c.userid_by_email("a@b.example"), ["userid"]),
    "user/create": (lambda c: c.create_member(userid="a", to_invite=False), ["created_department_list"]),
    "user/update": (lambda c: c.update_member(userid="a"), ["created_department_list"]),
    "department/get": (lambda c: c.department_name(2), ["department"]),
    "department/create": (lambda c: c.create_department(id=2, name="a", parentid=1), []),
    "user/list_id": (lambda c: c.userids_page(), ["dept_user", "next_cursor"]),
    "tag/get": (lambda c: c.tagged(1), ["userlist", "partylist"]),
    "department/simplelist": (lambda c: c.departments(), ["department_id"]),
    "gettoken": (lambda c: c.token(), ["access_token", "expires_in"]),
}


def answers_with(wecom, call, body):
    for method in ("GET", "POST"):
        wecom.add(method, f"{BASE}/cgi-bin/{call}", body=body)


def asked(call):
    return client(MemoryStore(None) if call == "gettoken" else None)


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("call", READ)
def test_every_answer_that_cannot_be_read_is_one_class(loose_wecom, call, body):
    answers_with(loose_wecom, call, body)
    with pytest.raises(WeComUnavailable) as raised:
        READ[call][0](asked(call))
    # Whatever became of `gettoken`, the call itself was not made.
    assert type(raised.value) is (NoToken if call == "gettoken" else WeComUnreadable)
    assert raised.value.fault is Fault.UNREADABLE


@pytest.mark.parametrize("value", MISSHAPEN)
@pytest.mark.parametrize(("call", "field"), [(call, field) for call, (_, fields) in READ.items() for field in fields])
def test_a_field_of_another_shape_is_read_or_refused_and_never_crashes(loose_wecom, call, field, value):
    answers_with(loose_wecom, call, f'{{"errcode": 0, "{field}": {value}}}')
    try:
        found = READ[call][0](asked(call))
    except WeComUnavailable as error:
        assert error.fault is Fault.UNREADABLE
    else:
        assert "\0" not in str(found) and "\ud800" not in str(found) and len(str(found)) < 3000


def test_without_an_errcode_nothing_proves_that_a_message_was_accepted(wecom):
    wecom.post(f"{BASE}/cgi-bin/message/send", body='{"errmsg": "ok"}')
    with pytest.raises(WeComUnreadable):
        client().send_message(b"{}")


def test_when_no_token_is_to_be_had_the_call_itself_surely_never_left(wecom):
    """Somebody who was surely not created must not be taken for ours later."""
    wecom.get(f"{BASE}/cgi-bin/gettoken", body=requests.ReadTimeout())
    with pytest.raises(NoToken) as raised:
        client(MemoryStore(token=None)).create_member(userid="a", to_invite=False)
    assert (raised.value.course, raised.value.fault) == (Course.LATER, Fault.SILENT)


# --- each fault its own sentence ---


@pytest.fixture
def self_signed(tmp_path):
    """A TLS server whose certificate nobody knows, as a firewall's that opens encrypted connections."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    unencrypted = serialization.NoEncryption()
    path = tmp_path / "both.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted) + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_once():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)

        threading.Thread(target=answer_once, daemon=True).start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


def fault_at(base, **options):
    with pytest.raises(WeComUnavailable) as raised:
        client(base=base, **options).send_message(b"{}")
    return type(raised.value), raised.value.fault


def plain_server(answer):
    """Answers whatever comes with these bytes, and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer_once():
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()
            server.close()

    threading.Thread(target=answer_once, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_bad_certificate_is_not_no_connection(self_signed):
    assert fault_at(self_signed) == (WeComUnreachable, Fault.CERTIFICATE)


def test_each_fault_on_the_way_has_its_own_name():
    assert fault_at("http://127.0.0.1:1") == (WeComUnreachable, Fault.NO_CONNECTION)
    assert fault_at("http://no-such-host.invalid") == (WeComUnreachable, Fault.NO_NAME)
    refusing = plain_server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    assert fault_at("https://qyapi.example", proxy=f"http://{refusing}") == (WeComUnreachable, Fault.PROXY)
    assert fault_at("https://" + plain_server(b"no TLS at all")) == (WeComUnavailable, Fault.ENCRYPTION)
    assert fault_at("http://" + plain_server(b"")) == (WeComUnavailable, Fault.BROKEN_OFF)
    garbled = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}"
    assert fault_at("http://" + plain_server(garbled)) == (WeComUnreadable, Fault.UNREADABLE)


def test_each_fault_is_explained_with_what_to_look_at():
    assert set(EXPLANATIONS) == set(Fault)
    sentences = [explanation.sentence for explanation in EXPLANATIONS.values()]
    assert len(set(sentences)) == len(sentences)
    assert all(explanation.remedy for explanation in EXPLANATIONS.values())


def test_http_429_is_a_limit(wecom):
    wecom.post(f"{BASE}/cgi-bin/message/send", status=429, body="slow down")
    with pytest.raises(WeComRateLimited):
        client().send_message(b"{}")


@pytest.mark.parametrize(
    ("exception", "error"),
    [
        (requests.ConnectTimeout(), WeComUnreachable),
        (requests.exceptions.ProxyError(), WeComUnreachable),
        (requests.ReadTimeout(), WeComUnavailable),
        (requests.ConnectionError("aborted"), WeComUnavailable),
        (requests.exceptions.ChunkedEncodingError(), WeComUnavailable),
    ],
)
def test_only_what_surely_never_left_is_called_unreachable(wecom, exception, error):
    wecom.post(f"{BASE}/cgi-bin/message/send", body=exception)
    with pytest.raises(WeComUnavailable) as raised:
        client().send_message(b"{}")
    assert type(raised.value) is error


def test_a_refused_connection_and_an_unknown_host_never_left():
    for base in ("http://127.0.0.1:1", "http://no-such-host.invalid"):
        with pytest.raises(WeComUnreachable):
            client(base=base).send_message(b"{}")


def test_partial_success_names_people_in_lower_case(wecom):
    answer(wecom, "message/send", invaliduser="Ann|BOB", unlicenseduser="Eve", msgid="m1")
    sent = client().send_message(b"{}")
    assert (sent.msgid, sent.invalid_users, sent.unlicensed_users) == ("m1", {"ann", "bob"}, {"eve"})


def test_bodies_are_raw_utf8_and_posted_byte_for_byte(wecom):
    answer(wecom, "message/send")
    body = json_bytes({"text": "请带雨具 ☂"})
    assert "请带雨具 ☂".encode() in body
    client().send_message(body)
    assert wecom.calls[0].request.body == body


# --- tokens ---


def test_an_expired_token_earns_one_repeat_with_a_new_one(wecom):
    answer(wecom, "agent/get", "GET", errcode=42001)
    answer(wecom, "gettoken", "GET", access_token="TOKEN-2", expires_in=7200)
    answer(wecom, "agent/get", "GET", name="App")
    assert client().application(1).name == "App"
    assert "access_token=TOKEN-2" in wecom.calls[2].request.url


def test_a_second_refusal_of_the_token_is_for_a_person(wecom):
    for _ in range(2):
        answer(wecom, "agent/get", "GET", errcode=40014)
    answer(wecom, "gettoken", "GET", access_token="TOKEN-2", expires_in=7200)
    with pytest.raises(WeComMisconfigured):
        client().application(1)
    assert len(wecom.calls) == 3


@pytest.mark.parametrize("code", [40001, 40013, 40091, 45031])
def test_a_refused_secret_is_never_tried_again(wecom, code):
    answer(wecom, "gettoken", "GET", errcode=code)
    store = MemoryStore(token=None)
    for _ in range(3):
        with pytest.raises(WeComMisconfigured):
            client(store).token()
    assert len(wecom.calls) == 1


def test_while_another_process_fetches_the_token_nothing_is_called(wecom):
    store = MemoryStore(token=None)
    store.locked = True
    with pytest.raises(WeComUnreachable):
        client(store).token()


@pytest.mark.django_db
def test_the_store_lets_one_fetch_and_keeps_a_newer_token():
    store = DatabaseTokenStore()
    assert store.current("k") is None
    assert store.may_refresh("k") is True
    assert store.may_refresh("k") is False
    first = store.save("k", "T1", 7200)
    assert store.current("k") == first
    assert store.may_refresh("k") is True
    second = store.save("k", "T1", 7200)  # the same string once more
    assert store.token_refused("k", first.generation), "a refusal of an older one"
    assert store.current("k") == second
    assert store.token_refused("k", second.generation)
    assert store.current("k") is None
    store.save("k", "T3", 30)  # about to end
    assert store.current("k") is None
    assert "T3" not in str(Token.objects.values_list("token", flat=True).query) and "T3" not in repr(
        Token.objects.get()
    )


@pytest.mark.django_db
def test_a_token_fetched_because_of_a_refusal_is_on_trial_until_a_call_of_it_succeeds():
    store = DatabaseTokenStore()
    store.may_refresh("k")
    first = store.save("k", "T1", 7200)
    for _ in range(8):  # as many calls were in the air
        assert store.token_refused("k", first.generation)
    store.token_works("k", first.generation)  # an answer that was late
    second = store.save("k", "T1", 7200)
    assert second.is_on_trial
    store.token_works("k", second.generation)
    assert store.token_refused("k", second.generation), "it has worked: another one may help"
    third = store.save("k", "T1", 7200)
    assert not store.token_refused("k", third.generation), "for a person"
    assert store.token_refused("k", third.generation), "told once"


# --- time ---


class DrippingServer(threading.Thread):
    """Answers a byte now and then: each read is in time, the whole never ends."""

    def __init__(self, head):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.head = head
        self.start()

    def run(self):
        connection, _ = self.socket.accept()
        connection.recv(65536)
        connection.sendall(self.head)
        try:
            while True:
                connection.sendall(b" ")
                time.sleep(0.1)
        except OSError:
            pass


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"]
)
def test_a_dripping_server_does_not_hold_a_call_beyond_its_time(head):
    server, started = DrippingServer(head), time.monotonic()
    with pytest.raises(WeComUnavailable):
        client(base=server.address, call_seconds=0.8).send_message(b"{}")
    assert time.monotonic() - started < 2.5


# --- nothing leaks ---


def test_no_token_and_no_secret_in_any_exception_or_log(wecom, caplog):
    caplog.set_level(logging.DEBUG)
    answer(wecom, "gettoken", "GET", errcode=40014)
    wecom.post(f"{BASE}/cgi-bin/message/send", body=requests.ConnectionError(f"{BASE}/x?access_token=TOKEN-1"))
    for call in (lambda: client(MemoryStore(token=None)).token(), lambda: client().send_message(b"{}")):
        with pytest.raises(WeComError) as raised:
            call()
        assert raised.value.__context__ is None or raised.value.__suppress_context__
        assert "TOKEN-1" not in f"{raised.value!r}{raised.value}{vars(raised.value)}"
    assert "TOKEN-1" not in caplog.text and SECRET not in caplog.text
    assert SECRET not in repr(client())


def test_no_token_in_what_urllib3_logs_of_a_real_connection(caplog):
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WeComUnreachable):
        client(base="http://127.0.0.1:1").send_message(b"{}")
    assert "TOKEN-1" not in caplog.text


# --- the protocol as the simulator speaks it ---


@pytest.fixture
def application(simulator):
    values = SIMULATOR_VALUES
    return Client(
        Transport(simulator.address), MemoryStore(None), values["corporation_id"], values["application_secret"]
    )


@pytest.fixture
def book(simulator):
    values = SIMULATOR_VALUES
    return Client(
        Transport(simulator.address), MemoryStore(None), values["corporation_id"], values["address_book_secret"]
    )


def member(**fields):
    return {
        "userid": "sp-1",
        "name": "李明",
        "mobile": "+8613000000001",
        "department": [1],
        "to_invite": False,
    } | fields


def code_of(call):
    with pytest.raises(WeComError) as raised:
        call()
    return raised.value.code


def test_each_secret_does_its_own_work_only(application, book):
    assert code_of(lambda: application.create_member(**member())) == 48002
    assert code_of(lambda: application.userids_page()) == 48002
    assert code_of(lambda: book.send_message(b"{}")) == 48002
    assert code_of(lambda: book.application(1000002)) == 48002
    book.create_member(**member())
    assert code_of(lambda: book.status_of("sp-1")) == 48009


def test_wrong_values_are_refused_each_with_its_code(simulator, application):
    assert code_of(lambda: application.application(1000003)) == 301002
    assert code_of(lambda: application.application("x")) == 40056
    wrong = Client(Transport(simulator.address), MemoryStore(None), "ww0000", SECRET)
    assert code_of(wrong.token) == 40013
    wrong = Client(Transport(simulator.address), MemoryStore(None), SIMULATOR_VALUES["corporation_id"], SECRET)
    assert code_of(wrong.token) == 40001


def test_members_are_found_by_number_and_cannot_share_one(simulator, application, book):
    book.create_member(**member(email="ming@family.example"))
    assert application.userid_by_mobile("+8613000000001") == "sp-1"
    assert application.userid_by_email("ming@family.example") == "sp-1"
    assert application.userid_by_mobile("+8613000000002") is None
    assert code_of(lambda: book.create_member(**member())) == 60102
    assert code_of(lambda: book.create_member(**member(userid="SP-1"))) == 60102
    assert code_of(lambda: book.create_member(**member(userid="sp-2"))) == 60104
    assert code_of(lambda: book.create_member(**member(userid="sp-2", mobile="", email="ming@family.example"))) == 60106
    assert code_of(lambda: book.create_member(**member(userid="-x", mobile="1390000"))) == 40003
    assert code_of(lambda: book.create_member(**member(userid="sp-3", mobile=""))) == 60129
    assert simulator.members["sp-1"]["invitations"] == 0


def test_status_and_openid_tell_who_follows(simulator, application, book):
    book.create_member(**member())
    assert application.status_of("SP-1") == 4
    assert code_of(lambda: application.openid_of("sp-1")) == 43004
    assert simulator.scan("+8613999999999") == "unknown"
    assert simulator.scan("13000000001") == "followed"
    assert application.status_of("sp-1") == 1
    assert application.openid_of("sp-1").startswith("o")
    assert code_of(lambda: application.status_of("nobody")) == 60111
    simulator.control("range", department=["2"])
    assert code_of(lambda: application.status_of("sp-1")) == 60111


def test_the_new_number_of_an_active_member_is_ignored_without_an_error(simulator, book):
    book.create_member(**member())
    book.update_member(userid="sp-1", mobile="+8613000000005")
    assert simulator.members["sp-1"]["mobile"] == "+8613000000005"
    simulator.scan("+8613000000005")
    book.update_member(userid="sp-1", mobile="+8613000000006")
    assert simulator.members["sp-1"]["mobile"] == "+8613000000005"


def test_directories_are_read_page_by_page(book, application):
    for n in range(3):
        book.create_member(**member(userid=f"sp-{n}", mobile=f"+861300000001{n}"))
    first, cursor = book.userids_page(limit=2)
    second, end = book.userids_page(cursor, limit=2)
    assert [userid for userid, _ in first + second] == ["sp-0", "sp-1", "sp-2"] and end == ""
    assert application.departments() == [(1, 0), (2, 1), (3, 1)]


def test_a_department_is_made_once_under_its_name_and_its_id(simulator, application, book):
    book.create_department(id=910001, name="学生", parentid=1)
    assert (910001, 1) in book.departments()
    assert code_of(lambda: book.create_department(id=910001, name="another", parentid=1)) == 60008
    assert code_of(lambda: book.create_department(id=910002, name="学生", parentid=1)) == 60008
    assert code_of(lambda: book.create_department(id=910003, name="a|b", parentid=1)) == 60009
    assert code_of(lambda: book.create_department(id=910003, name="b", parentid=99)) == 60004
    assert code_of(lambda: application.create_department(id=910003, name="b", parentid=1)) == 48002


def send(application, to, text="hello", **fields):
    body = {"touser": to, "msgtype": "text", "agentid": 1000002, "text": {"content": text}} | fields
    return application.send_message(json_bytes(body))


def test_sending_reaches_those_in_range_and_names_the_others(simulator, application, book):
    book.create_member(**member())
    simulator.scan("+8613000000001")
    assert send(application, "sp-1|GHOST").invalid_users == {"ghost"}
    assert simulator.inbox == {"sp-1": {"hello": 1}}
    assert code_of(lambda: send(application, "ghost")) == 81013
    assert code_of(lambda: send(application, "|".join(f"u{n}" for n in range(1001)))) == 40032
    assert code_of(lambda: send(application, "sp-1", text="")) == 44004
    send(application, "sp-1", text="雨" * 800)
    assert max(len(text.encode()) for text in simulator.inbox["sp-1"]) == 2046


def test_the_very_same_bytes_are_swallowed_and_other_bytes_are_not(simulator, application, book):
    book.create_member(**member())
    simulator.scan("+8613000000001")
    for _ in range(2):
        send(application, "sp-1", enable_duplicate_check=1)
    assert simulator.inbox == {"sp-1": {"hello": 1}}
    send(application, "sp-1", enable_duplicate_check=1, duplicate_check_interval=60)
    assert simulator.inbox == {"sp-1": {"hello": 2}}


def test_beyond_thirty_a_minute_is_dropped_in_silence(simulator, application, book):
    book.create_member(**member())
    simulator.scan("+8613000000001")
    for n in range(32):
        send(application, "sp-1", text=f"message {n}")
    assert len(simulator.inbox["sp-1"]) == 30


def test_expired_tokens_and_an_untrusted_address(simulator, application):
    application.application(1000002)
    simulator.control("expire-tokens")
    assert application.application(1000002).departments == (1,)
    simulator.control("switch", name="trusted_ip", on="0")
    with pytest.raises(WeComMisconfigured) as raised:
        application.application(1000002)
    assert (raised.value.code, raised.value.from_ip) == (60020, "127.0.0.1")


def test_the_control_page_makes_calls_fail_as_ordered(simulator, application):
    application.token()
    simulator.rule("busy", call="agent/get")
    assert code_of(lambda: application.application(1000002)) == -1
    simulator.rule("drop", call="agent/get")
    assert code_of(lambda: application.application(1000002)) is None
    simulator.rule("error", call="agent/get", code=45009)
    assert code_of(lambda: application.application(1000002)) == 45009
    simulator.rule("http500", call="agent/get")
    assert code_of(lambda: application.application(1000002)) is None
    assert application.application(1000002).enabled


def test_the_simulators_account_is_the_one_the_demo_links(simulator):
    account = requests.get(f"{simulator.address}/account.json", timeout=5).json()
    ours = SIMULATOR_VALUES
    assert account["corporation_id"] == ours["corporation_id"]
    assert account["application_secret"] == ours["application_secret"]
    assert account["application_agent_id"] == ours["application_agent_id"]
    assert account["address_book_sync_secret"] == ours["address_book_secret"]
    assert json.dumps(account)


# --- the lean way, which sends messages ---


def lean(server, **options):
    return Client(LeanTransport(server, **options), MemoryStore(), CORPORATION, SECRET)


@pytest.fixture
def talker():
    """A server that answers each request with the next of `answers`, over connections it keeps: raw bytes, or a function."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talker, bind_and_activate=True)
    server.daemon_threads = True
    server.answers, server.connections = [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


class Talker(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        while self.rfile.readline():
            length = 0
            while (header := self.rfile.readline().strip()) != b"":
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            self.rfile.read(length)
            answer = self.server.answers.pop(0)
            if callable(answer):
                answer(self)
                return
            self.wfile.write(answer)


def http(body, status=200, extra=b""):
    return b"HTTP/1.1 %d OK\r\n%sContent-Length: %d\r\n\r\n%s" % (status, extra, len(body), body)


def test_lean_calls_share_a_connection_that_is_kept(talker):
    talker.answers = [http(b'{"errcode":0,"msgid":"m"}')] * 3
    sender = lean(talker.address)
    assert [sender.send_message(b"{}").msgid for _ in range(3)] == ["m"] * 3
    assert talker.connections == 1


def test_a_lean_call_leaves_in_one_piece(talker, monkeypatch):
    pieces = []

    class Counting(socket.socket):
        def sendall(self, data, *flags):
            pieces.append(bytes(data))
            return super().sendall(data, *flags)

    monkeypatch.setattr(socket, "socket", Counting)
    talker.answers = [http(b'{"errcode":0,"msgid":"m"}')]
    lean(talker.address).send_message("明天放假".encode())
    piece = next(piece for piece in pieces if piece.startswith(b"POST /cgi-bin/message/send?access_token=TOKEN"))
    assert piece.endswith("\r\n\r\n明天放假".encode()) and b"\r\nContent-Length: 12\r\n" in piece
    assert f"\r\nHost: {talker.address.removeprefix('http://')}\r\n".encode() in piece


def test_a_kept_connection_that_the_other_side_closed_is_not_used_again(talker):
    talker.answers = [http(b'{"errcode":0,"msgid":"m"}'), http(b'{"errcode":0,"msgid":"n"}')]
    sender = lean(talker.address)
    sender.send_message(b"{}")
    sender._transport._idle[0].sock.shutdown(socket.SHUT_WR)  # the handler reads the end and closes
    time.sleep(0.2)
    assert sender.send_message(b"{}").msgid == "n"


OK = b'{"errcode":0,"msgid":"m"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (
    OK[:5],
    len(OK) - 5,
    OK[5:],
)


def in_pieces(*pieces):
    """Each for itself, and then it waits for the other side to close."""

    def write(handler):
        for piece in pieces:
            handler.wfile.write(piece)
            time.sleep(0.05)

    return write


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (http(OK), 1),
        (http(OK, extra=b"connection:  Keep-Alive\r\n"), 1),
        (http(OK, extra=b"Connection: close\r\n"), 2),
        (CHUNKED, 1),
        (http(OK) + b"more", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(OK), OK), 2),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + http(OK), 1),
        (in_pieces(http(OK)[:9], http(OK)[9:-9], http(OK)[-9:]), 2),
        (in_pieces(CHUNKED[:9], CHUNKED[9:70], CHUNKED[70:]), 2),
        (in_pieces(b"HTTP/1.1 200 OK\r\n\r\n" + OK), 2),
    ],
)
def test_whatever_http_allows_a_lean_call_reads(talker, answer, connections):
    talker.answers = [answer, http(OK)]
    sender = lean(talker.address)
    assert sender.send_message(b"{}").msgid == "m"
    time.sleep(0.1)  # for whoever closes to have closed
    assert sender.send_message(b"{}").msgid == "m"
    assert talker.connections == connections


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (lambda handler: None, Fault.BROKEN_OFF),
        (http(b"bad gateway", 502), Fault.SERVER),
        (http(b"<html>"), Fault.UNREADABLE),
        (http(b"", 302, b"Location: /elsewhere\r\n"), Fault.UNREADABLE),
        (http(b'"' + b"x" * 1_100_000 + b'"'), Fault.UNREADABLE),
        (b"nonsense\r\n\r\n", Fault.BROKEN_OFF),
        (lambda handler: handler.wfile.write(http(OK)[:-5]), Fault.BROKEN_OFF),
        (lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le"), Fault.UNREADABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(OK) - 1, OK), Fault.UNREADABLE),
    ],
)
def test_what_a_lean_call_cannot_read_may_have_arrived(talker, answer, fault):
    talker.answers = [answer]
    with pytest.raises(WeComUnavailable) as raised:
        lean(talker.address).send_message(b"{}")
    assert not isinstance(raised.value, WeComUnreachable) and raised.value.fault is fault
    assert "TOKEN" not in str(raised.value)


def test_a_lean_call_that_drips_is_cut_in_time(talker):
    def drip(handler):
        for _ in range(50):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: y\r\n"[:1])
            time.sleep(0.1)

    talker.answers = [drip]
    began = time.monotonic()
    with pytest.raises(WeComUnavailable) as raised:
        lean(talker.address, call_seconds=0.8).send_message(b"{}")
    assert time.monotonic() - began < 2.5 and raised.value.fault is Fault.SILENT


def test_an_answer_may_take_longer_than_a_connection(talker, monkeypatch):
    def late(handler):
        time.sleep(0.5)
        handler.wfile.write(http(OK))

    monkeypatch.setattr("wechat_admin.wecom.lean.CONNECT_SECONDS", 0.1)
    talker.answers = [late]
    assert lean(talker.address).send_message(b"{}").msgid == "m"


def test_a_lean_call_without_a_connection_surely_never_left():
    with pytest.raises(WeComUnreachable) as raised:
        lean("http://127.0.0.1:1").send_message(b"{}")
    assert raised.value.fault is Fault.NO_CONNECTION


# --- both ways ---


TRANSPORTS = pytest.mark.parametrize("transport", [Transport, LeanTransport])


def over(transport, base):
    return Client(transport(base), MemoryStore(), CORPORATION, SECRET)


@TRANSPORTS
def test_nobody_is_sent_elsewhere(talker, transport):
    """What a redirect leads to is no answer of WeCom's, nor is what stands in it; and the token is for nobody else."""
    talker.answers = [http(OK, 302, b"Location: /cgi-bin/elsewhere\r\n"), http(OK)]
    with pytest.raises(WeComUnreadable):
        over(transport, talker.address).send_message(b"{}")
    assert talker.answers == [http(OK)], "nobody has asked for the other page"


def test_the_date_is_that_of_the_host_itself(talker):
    talker.answers = [http(b"", 302, b"Location: /elsewhere\r\nDate: ours\r\n"), http(b"", 200, b"Date: theirs\r\n")]
    assert Transport(talker.address).date() == "ours"


@TRANSPORTS
def test_no_proxy_is_used_but_the_one_of_the_settings(talker, transport, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    talker.answers = [http(OK), http(b"", 200, b"Date: ours\r\n")]
    assert over(transport, talker.address).send_message(b"{}").msgid == "m"
    assert Transport(talker.address).date() == "ours"


class EndlessServer(threading.Thread):
    """Answers with `head`, and then as fast as it can with `piece` until nobody listens, or after 40 MB."""

    def __init__(self, head, piece):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.head, self.piece, self.taken = head, piece, 0
        self.start()

    def run(self):
        connection, _ = self.socket.accept()
        connection.recv(65536)
        with contextlib.suppress(OSError), connection:
            connection.sendall(self.head)
            while self.taken < 40_000_000:
                connection.sendall(self.piece)
                self.taken += len(self.piece)


OF_A_HEAD = b"HTTP/1.1 200 OK\r\n"
MUCH = b"x" * 65536


@TRANSPORTS
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (OF_A_HEAD + b"Content-Length: 40000000\r\n\r\n{", MUCH),
        (OF_A_HEAD + b"\r\n{", MUCH),
        (OF_A_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n%s\r\n" % MUCH),
        (OF_A_HEAD + b"X-Long: ", MUCH),
        (OF_A_HEAD, b"X: %s\r\n" % MUCH),
    ],
    ids=["of a length", "until it hangs up", "in chunks", "in one line of its head", "in many lines of its head"],
)
def test_an_answer_without_end_is_not_read_to_its_end(transport, head, piece):
    server = EndlessServer(head, piece)
    with pytest.raises(WeComUnavailable):
        over(transport, server.address).send_message(b"{}")
    server.join(10)
    assert server.taken < 20_000_000, "what is not read fills the buffers of the connection, and no more"


@TRANSPORTS
def test_an_answer_that_is_too_long_is_none_though_its_beginning_reads_well(talker, transport):
    talker.answers = [http(OK + b" " * 1_100_000)]
    with pytest.raises(WeComUnreadable):
        over(transport, talker.address).send_message(b"{}")
