"""The program: what stood survives a restart, and the migrations make what the models say."""

import os
import subprocess
import sys

import pytest

from .conftest import Caller, person


def test_everything_survives_a_restart(a_simulator_of_its_own, tmp_path):
    asked = {"enable_duplicate_check": 1, "duplicate_check_interval": 14400}
    with a_simulator_of_its_own(tmp_path) as simulator:
        simulator.control("reset", strict=1)
        book, application = Caller(simulator, "address_book_sync_secret"), Caller(simulator, "application_secret")
        book.post("user/create", **person(1))
        simulator.scan("+8613000000001")
        simulator.seats(2)
        simulator.limit(persons_a_seat=1)
        simulator.switch("repeat_lists_invalid", True)
        simulator.later(hours=1)
        simulator.block("agent/get", 60)
        application.send("sp-1", **asked)
        token = application.token
    with a_simulator_of_its_own(tmp_path) as simulator:
        application = Caller(simulator, "application_secret")
        application.token = token
        assert application.get("agent/get", agentid=1000002)["errcode"] == 45009
        assert application.send("sp-1", **asked)["errcode"] == 0
        assert simulator.inbox == {"sp-1": {"hello": 1}}, "remembered"
        assert application.send("sp-1", "the day's second")["errcode"] == 0
        assert application.send("sp-1", "the day's third")["errcode"] == 45009
        simulator.switch("spelling_matters", False)
        assert application.post("user/getuserid", mobile="13000000001")["errcode"] == 0


def test_the_migrations_make_what_the_models_say():
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "simulator"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "wechat_admin.simulator.settings"}
    assert subprocess.run(command, env=environment, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b'{"userid":{}}', b'{"userid":"a","mobile":[]}', b'{"agentid":1e400}', b'"\\ud800"'],
)
def test_whatever_is_asked_the_answer_is_an_errcode(simulator, body):
    for secret in ("application_secret", "address_book_sync_secret"):
        caller = Caller(simulator, secret)
        for call in (
            "user/create", "user/update", "user/getuserid", "user/get_userid_by_email", "user/list_id",
            "user/convert_to_openid", "department/create", "message/send", "message/recall", "media/upload",
        ):  # fmt: skip
            assert isinstance(caller.bytes(call, body)["errcode"], int)
        for call in (
            "agent/get",
            "department/get",
            "department/delete",
            "department/simplelist",
            "tag/get",
            "user/get",
        ):
            for odd in ("²", "x" * 500, "9" * 500, "-1", ""):
                assert isinstance(caller.get(call, id=odd, agentid=odd, tagid=odd, userid=odd)["errcode"], int)
