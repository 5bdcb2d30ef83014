"""What an access token is worth, and for how long."""

import threading

from .conftest import Caller


def test_the_same_token_is_handed_out_while_it_is_valid_with_the_time_that_is_left(simulator, application, book):
    first = application.gettoken()
    simulator.later(seconds=100)
    second = application.gettoken()
    assert first["access_token"] == second["access_token"]
    assert first["expires_in"] == 7200 and 7090 <= second["expires_in"] <= 7100
    assert book.gettoken()["access_token"] != first["access_token"]
    simulator.later(hours=2)
    assert application.gettoken()["access_token"] != first["access_token"]
    application.token = first["access_token"]
    assert application.get("department/simplelist")["errcode"] == 42001


def test_killed_tokens_are_refused_also_for_calls_in_the_air(simulator, application):
    application.get("department/simplelist")
    simulator.rule("slow", call="agent/get", seconds=1)
    answers = []
    call = threading.Thread(target=lambda: answers.append(application.get("agent/get", agentid=1000002)["errcode"]))
    call.start()
    while not simulator.at_once("agent/get"):
        pass
    simulator.kill_tokens()
    call.join()
    assert answers == [42001]
    old = application.token
    application.token = None
    assert application.get("department/simplelist")["errcode"] == 0 and application.token != old


def test_a_dead_token_may_be_handed_out_again(simulator, application):
    application.get("department/simplelist")
    simulator.kill_tokens(code=40014, seconds=60, same_again=True)
    assert application.get("department/simplelist")["errcode"] == 40014
    assert application.gettoken()["access_token"] == application.token
    assert application.get("department/simplelist")["errcode"] == 40014
    simulator.later(seconds=61)
    assert application.get("department/simplelist")["errcode"] == 0


def test_a_new_token_each_time_may_end_the_earlier_one(simulator, application):
    simulator.switch("new_token_each_time", True)
    application.get("department/simplelist")
    assert application.gettoken()["access_token"] != application.token
    assert application.get("department/simplelist")["errcode"] == 0
    simulator.switch("new_token_ends_earlier", True)
    application.gettoken()
    assert application.get("department/simplelist")["errcode"] == 42001


def test_each_secret_has_an_address_list_of_its_own_and_gettoken_says_nothing_of_either(simulator, application, book):
    simulator.switch("sync_trusted_ip", False)
    assert application.get("department/simplelist")["errcode"] == 0
    assert book.gettoken()["errcode"] == 0
    assert book.get("department/simplelist")["errcode"] == 60020
    simulator.switch("application_trusted_ip", False)
    assert application.get("department/simplelist")["errcode"] == 60020
    simulator.switch("gettoken_checks_ip", True)
    assert application.gettoken()["errcode"] == 60020


def test_an_application_that_is_off_refuses_its_token_in_either_code(simulator, application):
    application.get("department/simplelist")
    simulator.switch("application_enabled", False)
    assert application.get("department/simplelist")["errcode"] == 50003
    assert application.gettoken()["errcode"] == 50003
    simulator.switch("switched_off_is_40001", True)
    assert application.gettoken()["errcode"] == 40001


def test_a_token_is_as_long_as_it_may_be(application):
    assert len(application.gettoken()["access_token"]) == 512


def test_a_token_in_the_body_is_not_seen_and_a_wrong_method_is_a_parameter(simulator, application):
    nobody = Caller(simulator, "application_secret")
    nobody.token = ""
    assert nobody.post("user/getuserid", access_token=application.gettoken()["access_token"])["errcode"] == 41001
    assert application.get("user/getuserid", mobile="1")["errcode"] == 40063
