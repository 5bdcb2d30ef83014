"""Who is reached, what is swallowed, what is cut, and what is lost without a word."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from wechat_admin.simulator import material

from .conftest import Caller, person


def test_the_agent_is_ours_another_applications_or_nobodys(application):
    assert application.send("x", agentid=1000003)["errcode"] == 301002
    assert application.send("x", agentid=1000009)["errcode"] == 40056
    assert application.send("x", agentid="1000002")["errcode"] == 40056
    assert application.get("agent/get", agentid=1000009)["errcode"] == 40056
    assert application.get("agent/get", agentid="x")["errcode"] == 40056
    assert application.get("agent/get")["errcode"] == 41011


def test_the_fields_of_the_agent(simulator, application, book):
    book.post("user/create", **person(1))
    simulator.visible_range(departments=[2], tags=[7], users=["sp-1"])
    answer = application.get("agent/get", agentid=1000002)
    assert answer.keys() - {"errcode", "errmsg"} == {
        "agentid", "name", "square_logo_url", "description", "allow_userinfos", "allow_partys", "allow_tags", "close",
        "redirect_domain", "report_location_flag", "isreportenter", "home_url", "customized_publish_status",
    }  # fmt: skip
    assert answer["allow_userinfos"] == {"user": [{"userid": "sp-1"}]}
    assert answer["allow_partys"] == {"partyid": [2]} and answer["allow_tags"] == {"tagid": [7]}


def test_more_than_thirty_a_minute_or_a_thousand_an_hour_are_lost_in_silence(simulator, application, followers):
    followers(1)
    assert [application.send("sp-1", f"m{n}")["errcode"] for n in range(32)] == [0] * 32
    assert len(simulator.inbox["sp-1"]) == 30
    assert simulator.lost == {"sp-1": ["over the messages of a minute"] * 2}
    simulator.later(seconds=61)
    simulator.limit(an_hour_each=31)
    application.send("sp-1", "within the hour's")
    application.send("sp-1", "beyond the hour's")
    assert "within the hour's" in simulator.inbox["sp-1"]
    assert simulator.lost["sp-1"][-1] == "over the messages of an hour"


def test_a_long_text_is_cut_in_silence_or_refused(simulator, application, followers):
    followers(1)
    assert application.send("sp-1", "雨" * 683)["errcode"] == 0
    assert simulator.cut == {"sp-1": {"雨" * 682: 1}} == simulator.inbox
    assert application.send("sp-1", "雨" * 682)["errcode"] == 0
    assert simulator.cut == {"sp-1": {"雨" * 682: 1}}, "what fits is not cut"
    simulator.switch("long_text_refused", True)
    assert application.send("sp-1", "雨" * 683)["errcode"] == 45002


def test_titles_and_descriptions_are_cut_too(simulator, application, followers):
    followers(1)
    card = {"title": "题" * 50, "description": "d", "url": "https://school.example/"}
    assert application.send("sp-1", msgtype="textcard", textcard=card)["errcode"] == 0
    assert simulator.cut == {"sp-1": {f"[textcard] {'题' * 42}: d": 1}}
    article = {"title": "t", "description": "d" * 513, "url": "https://school.example/"}
    assert application.send("sp-1", msgtype="news", news={"articles": [article]})["errcode"] == 0
    assert simulator.cut["sp-1"]["[news] t"] == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": 5}}, 40058),
        ({"text": "hello"}, 40008),
        ({"msgtype": "markdown_v2"}, 40008),
        ({"duplicate_check_interval": "an hour"}, 40058),
        ({"touser": ["sp-1"]}, 40058),
        ({"touser": ""}, 82001),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"touser": "sp-1|not an id"}, 40031),
        ({"toparty": "|".join(str(n) for n in range(101))}, 82002),
        ({"totag": "|".join(str(n) for n in range(101))}, 82003),
        ({"msgtype": "textcard", "textcard": {"description": "d", "url": "https://a.example"}}, 41016),
        ({"msgtype": "textcard", "textcard": {"title": "t", "url": "https://a.example"}}, 41033),
        ({"msgtype": "textcard", "textcard": {"title": "t", "description": "d"}}, 41010),
        ({"msgtype": "textcard", "textcard": {"title": "t", "description": "d", "url": "a.example"}}, 45034),
        ({"msgtype": "textcard", "textcard": {"title": "t", "description": "d", "url": "https://" + "a" * 2048}}, 40039),
        ({"msgtype": "news", "safe": 1, "news": {"articles": []}}, 40074),
        ({"msgtype": "news", "news": {"articles": [{}] * 9}}, 45008),
        ({"msgtype": "news", "news": {"articles": [{"url": "https://a.example"}]}}, 41016),
        ({"msgtype": "image", "image": {}}, 41006),
        ({"msgtype": "image", "image": {"media_id": "x"}}, 40007),
    ],
)  # fmt: skip
def test_what_is_refused(application, followers, fields, code):
    followers(1)
    assert application.send("sp-1", **fields)["errcode"] == code


def test_bodies_that_are_no_json_and_escapes(application, followers):
    followers(1)
    for body in (b"{", b"[]", b"\xff", b"[" * 100_000):
        assert application.bytes("message/send", body)["errcode"] == 40058
    message = {"touser": "sp-1", "msgtype": "text", "agentid": 1000002, "text": {"content": "明"}}
    assert application.bytes("message/send", json.dumps(message).encode())["errcode"] == 40033
    message["text"]["content"] = "C:\\u660e is a folder"
    assert application.bytes("message/send", json.dumps(message).encode())["errcode"] == 0


def test_those_out_of_reach_are_named_in_lower_case_list_by_list(simulator, application, book, followers):
    followers(3)
    simulator.visible_range(users=["sp-1", "sp-2"])
    simulator.unlicense("sp-2")
    answer = application.send("SP-1|sp-2|sp-3|Ghost", toparty="99", totag="7")
    assert answer["invaliduser"] == "sp-3|ghost"
    assert (answer["invalidparty"], answer["invalidtag"], answer["unlicenseduser"]) == ("99", "7", "sp-2")
    assert simulator.inbox == {"sp-1": {"hello": 1}}
    everybody_out = application.send("ghost|sp-3")
    assert (everybody_out["errcode"], everybody_out["invaliduser"]) == (81013, "ghost|sp-3")


def test_a_department_a_tag_and_everybody_can_be_named(simulator, application, book):
    for n, department in ((1, 2), (2, 3), (3, 1)):
        book.post("user/create", **person(n, department=[department]))
        simulator.control(f"members/sp-{n}/follow")
    simulator.visible_range(departments=[1], tags=[8])
    application.send("", "to a department", toparty="2")
    application.send("", "to a tag", totag="8")
    application.send("@all", "to all")
    assert simulator.inbox == {
        "sp-1": {"to a department": 1, "to all": 1}, "sp-2": {"to a tag": 1, "to all": 1}, "sp-3": {"to all": 1},
    }  # fmt: skip


def test_who_follows_nothing_or_has_switched_it_off_is_accepted_and_sees_nothing(
    simulator, application, book, followers
):
    followers(2)
    book.post("user/create", **person(3))
    simulator.silence("sp-2")
    answer = application.send("sp-1|sp-2|sp-3")
    assert answer["errcode"] == 0 and "invaliduser" not in answer
    assert simulator.inbox == {"sp-1": {"hello": 1}}
    assert simulator.lost == {"sp-2": ["switched off by the member"], "sp-3": ["follows nothing"]}
    simulator.switch("unreached_are_invalid", True)
    assert application.send("sp-1|sp-3", "again")["invaliduser"] == "sp-3"


def test_an_application_that_opens_its_home_page_shows_twenty_bytes_in_wechat(simulator, application, followers):
    followers(2)
    simulator.switch("opens_home_page", True)
    simulator.activate_wecom("sp-2")
    application.send("sp-1|sp-2", "Dear parents, tomorrow there is no school.")
    assert simulator.inbox == {
        "sp-1": {"Dear parents, tomorr": 1}, "sp-2": {"Dear parents, tomorrow there is no school.": 1},
    }  # fmt: skip
    card = {"title": "t", "description": "d", "url": "https://school.example/"}
    application.send("sp-1", msgtype="textcard", textcard=card)
    assert "请在企业微信中查看" in simulator.cut["sp-1"]


# --- the duplicate memory ---


def test_a_repeat_is_swallowed_until_it_is_forgotten(simulator, application, followers):
    followers(1)
    asked = {"enable_duplicate_check": 1, "duplicate_check_interval": 14400}
    first = application.send("sp-1|ghost", **asked)
    simulator.later(hours=3, minutes=59)
    application.token = None
    repeat = application.send("sp-1|ghost", **asked)
    assert repeat["msgid"] == first["msgid"] and "invaliduser" not in repeat
    simulator.switch("repeat_lists_invalid", True)
    assert application.send("sp-1|ghost", **asked)["invaliduser"] == "ghost"
    assert simulator.inbox == {"sp-1": {"hello": 1}}
    simulator.later(minutes=2)
    application.send("sp-1|ghost", **asked)
    assert simulator.inbox == {"sp-1": {"hello": 2}}


def test_another_spelling_is_another_message_unless_the_json_is_compared(simulator, application, followers):
    followers(1)
    body = b'{"touser":"sp-1","msgtype":"text","agentid":1000002,"text":{"content":"a"},"enable_duplicate_check":1}'
    other = body.replace(b'"msgtype":"text",', b"").replace(b"{", b'{"msgtype":"text",', 1)
    application.bytes("message/send", body)
    application.bytes("message/send", other)
    assert simulator.inbox["sp-1"] == {"a": 2}
    simulator.later(hours=1)
    simulator.switch("repeat_compares_json", True)
    application.bytes("message/send", body)
    application.bytes("message/send", other)
    assert simulator.inbox["sp-1"] == {"a": 3}


def test_sixteen_of_the_same_at_the_same_instant_are_one_message(simulator, application, followers):
    followers(1)
    simulator.limit(at_once=None)
    token = application.gettoken()["access_token"]
    callers = [Caller(simulator, "application_secret") for _ in range(16)]
    for caller in callers:
        caller.token = token
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda caller: caller.send("sp-1", enable_duplicate_check=1), callers))
    assert {answer["errcode"] for answer in answers} == {0} and len({answer["msgid"] for answer in answers}) == 1
    assert simulator.inbox == {"sp-1": {"hello": 1}}


# --- recall ---


def test_recall_takes_it_from_wecom_and_leaves_the_copy_in_wechat(simulator, application, book):
    for n in (1, 2, 3):
        book.post("user/create", **person(n))
    simulator.activate_wecom("sp-1")
    simulator.scan("+8613000000002")
    simulator.activate_wecom("sp-3")
    simulator.scan("+8613000000003")
    msgid = application.send("sp-1|sp-2|sp-3")["msgid"]
    assert book.post("message/recall", msgid=msgid)["errcode"] == 48002
    assert application.post("message/recall", msgid="unknown")["errcode"] == 40058
    assert application.post("message/recall", msgid=msgid)["errcode"] == 0
    assert simulator.inbox == {"sp-2": {"hello": 1}, "sp-3": {"hello": 1}}
    simulator.later(hours=25)
    application.token = None
    assert application.post("message/recall", msgid=msgid)["errcode"] == 42052


# --- files ---


def upload(caller, kind="image", name="a.png", data=b"\x89PNG" + b"x" * 100, head='filename="%s"'):
    body = b'--b\r\nContent-Disposition: form-data; name="media"; ' + (head % name).encode() + b"\r\n\r\n" + data
    return caller.session.post(
        f"{caller.address}/cgi-bin/media/upload",
        params=caller._query({"type": kind}),
        data=body + b"\r\n--b--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=b"},
        timeout=20,
    ).json()


def test_files_are_refused_each_in_its_code_and_forgotten_after_three_days(simulator, application, followers):
    followers(1)
    assert upload(application, "picture")["errcode"] == 40004
    assert upload(application, data=b"12345")["errcode"] == 45001
    assert upload(application, data=b"no picture")["errcode"] == 40123
    assert upload(application, name="成绩.png", head="filename*=utf-8''%s")["errcode"] == 44001
    assert upload(application, "video", data=b"no video at all")["errcode"] == 40005
    assert upload(application, "video", data=b"\0\0\0\x18ftypmp42")["errcode"] == 0
    simulator.limit(image_bytes=50)
    assert upload(application)["errcode"] == 40009
    simulator.limit(image_bytes=None)
    media_id = upload(application, name="成绩.png")["media_id"]
    picture = {"msgtype": "image", "image": {"media_id": media_id}}
    assert application.send("sp-1", **picture)["errcode"] == 0
    assert application.send("sp-1", msgtype="file", file={"media_id": media_id})["errcode"] == 40007
    simulator.later(days=3, seconds=1)
    application.token = None
    assert application.send("sp-1", **picture, safe=0)["errcode"] == 40145


def test_a_phone_shows_every_kind_in_its_own_way(simulator, application, followers):
    followers(1)
    card = {"title": "Open day", "description": "Saturday", "url": "https://school.example/a"}
    article = {"title": "Sports day", "description": "Won", "url": "https://school.example/b"}
    application.send("sp-1", "plain words")
    application.send("sp-1", msgtype="textcard", textcard=card)
    application.send("sp-1", msgtype="news", news={"articles": [article]})
    page = requests.get(f"{simulator.address}/phone/{person(1)['mobile']}/", timeout=10).text
    for words in ("plain words", "Open day", "Saturday", "https://school.example/a", "Sports day", "Won"):
        assert words in page
    for kind in material.KINDS:
        assert (Path(material.__file__).parent / "templates/simulator/bubbles" / f"{kind}.html").exists()


def test_a_phone_nobody_knows_is_offered_to_apply(simulator):
    page = requests.get(f"{simulator.address}/phone/+8613000009999/?answer=unknown", timeout=10).text
    assert "It offers to apply to join" in page and "Scan the school" in page
