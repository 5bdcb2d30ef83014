"""What is too much is refused by itself, and goes on when its window has passed."""

from concurrent.futures import ThreadPoolExecutor

from .conftest import Caller, person


def at_once(simulator, number, call, *arguments, **fields):
    """The codes of so many calls made together, each over its own connection."""
    callers = [Caller(simulator, "application_secret") for _ in range(number)]
    token = callers[0].gettoken()["access_token"]
    for caller in callers:
        caller.token = token
    with ThreadPoolExecutor(number) as pool:
        answers = [pool.submit(getattr(caller, call), *arguments, **fields) for caller in callers]
        return sorted(answer.result()["errcode"] for answer in answers)


def test_more_calls_at_once_than_the_limit_are_refused_and_the_others_answered(simulator):
    simulator.rule("slow", call="agent/get", seconds=1, times=-1)
    codes = at_once(simulator, 8, "get", "agent/get", agentid=1000002)
    assert codes == [0] * 5 + [45033] * 3
    assert simulator.at_once("agent/get") == 5
    simulator.limit(at_once=None)
    assert at_once(simulator, 8, "get", "agent/get", agentid=1000002) == [0] * 8


def test_other_interfaces_have_limits_of_their_own(simulator, application):
    simulator.limit(at_once=1)
    application.get("agent/get", agentid=1000002)
    simulator.rule("slow", call="agent/get", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(application.get, "agent/get", agentid=1000002)
        assert Caller(simulator, "application_secret").get("department/simplelist")["errcode"] == 0
        assert slow.result()["errcode"] == 0


def test_the_address_book_is_written_by_one_at_a_time(simulator, book):
    simulator.rule("slow", call="user/create", seconds=1)
    book.token = book.gettoken()["access_token"]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(book.post, "user/create", **person(1))
        second = Caller(simulator, "address_book_sync_secret")
        second.token = book.token
        while not simulator.at_once("user/create"):
            pass
        assert second.post("department/create", name="A", parentid=1)["errcode"] == 6000
        assert first.result()["errcode"] == 0
    assert second.post("department/create", name="A", parentid=1)["errcode"] == 0


def test_beyond_the_calls_of_a_minute_the_interface_is_closed_for_a_minute(simulator, application):
    simulator.limit(calls_a_minute=3)
    codes = [application.get("department/simplelist")["errcode"] for _ in range(5)]
    assert codes == [0, 0, 0, 45009, 45009]
    assert application.get("agent/get", agentid=1000002)["errcode"] == 0
    simulator.later(seconds=55)
    assert application.get("department/simplelist")["errcode"] == 45009
    simulator.later(seconds=10)
    assert application.get("department/simplelist")["errcode"] == 0


def test_sending_is_counted_apart(simulator, application, followers):
    followers(1)
    simulator.limit(calls_a_minute=2)
    assert [application.send("sp-1", str(n))["errcode"] for n in range(4)] == [0] * 4
    simulator.limit(sends_a_minute=5)
    assert [application.send("sp-1", f"more {n}")["errcode"] for n in range(3)] == [0, 45009, 45009]


def test_beyond_the_days_quota_nothing_is_sent_until_midnight_in_beijing(simulator, application, followers):
    followers(3)
    simulator.seats(3)
    simulator.limit(persons_a_seat=2)
    assert application.send("sp-1|sp-2|sp-3", "first")["errcode"] == 0
    assert application.send("sp-1|sp-2|sp-3", "second")["errcode"] == 0
    assert application.send("sp-1", "third")["errcode"] == 45009
    left = simulator.blocks["message/send"]
    assert 0 < left <= 86400
    simulator.later(seconds=left - 5)
    assert application.send("sp-1", "third")["errcode"] in (45009, 42001)
    simulator.later(seconds=10)
    application.token = None
    assert application.send("sp-1", "third")["errcode"] == 0
    assert simulator.inbox["sp-1"] == {"first": 1, "second": 1, "third": 1}


def test_looking_up_a_fifth_of_the_company_in_vain_closes_looking_up_for_a_day(simulator, application, followers):
    followers(1)
    simulator.seats(10)
    asked = [application.post("user/getuserid", mobile=f"+8613911{n:06}")["errcode"] for n in range(4)]
    assert asked == [46004, 46004, 46004, 45009]
    assert application.post("user/getuserid", mobile="+8613000000001")["errcode"] == 45009
    assert application.post("user/get_userid_by_email", email="a@b.example", email_type=2)["errcode"] == 46004
    simulator.later(days=1, seconds=1)
    application.token = None
    assert application.post("user/getuserid", mobile="+8613000000001")["userid"] == "sp-1"


def test_a_fifth_of_the_members_where_that_is_what_counts(simulator, application, followers):
    followers(2)
    simulator.switch("lookups_count_members", True)
    assert application.post("user/getuserid", mobile="+8613911000000")["errcode"] == 46004
    assert application.post("user/getuserid", mobile="+8613000000001")["errcode"] == 45009


def test_many_wrong_secrets_close_gettoken_for_an_hour_for_right_ones_too(simulator, application):
    simulator.limit(wrong_secrets=3)
    assert [application.gettoken(secret="wrong")["errcode"] for _ in range(4)] == [40001] * 3 + [45009]
    assert application.gettoken()["errcode"] == 45009
    simulator.later(hours=1, seconds=1)
    assert application.gettoken()["errcode"] == 0


def test_the_seats_end_and_so_do_the_members_made_in_a_month(simulator, book):
    simulator.seats(2)
    simulator.limit(accounts_a_seat=2)
    assert [book.post("user/create", **person(n))["errcode"] for n in (1, 2, 3)] == [0, 0, 45024]
    for n in (3, 4):
        simulator.delete_member(f"sp-{n - 2}")
        assert book.post("user/create", **person(n))["errcode"] == 0
    simulator.delete_member("sp-3")
    assert book.post("user/create", **person(5))["errcode"] == 45009


def test_a_request_too_large_is_refused(simulator, application):
    simulator.limit(body_bytes=1000)
    assert application.send("x", "y" * 2000)["errcode"] == 40206


def test_debugging_is_for_five_calls_a_minute(application):
    codes = [application.get("agent/get", agentid=1000002, debug=1)["errcode"] for _ in range(6)]
    assert codes == [0] * 5 + [45009]


def test_an_ordered_block_ends_with_its_time_or_when_it_is_lifted(simulator, application):
    simulator.block("agent/get", 60)
    assert application.get("agent/get", agentid=1000002)["errcode"] == 45009
    simulator.unblock()
    assert application.get("agent/get", agentid=1000002)["errcode"] == 0


def test_a_demo_knows_no_limits(simulator, application):
    simulator.control("reset")
    simulator.rule("slow", call="agent/get", seconds=0.5, times=-1)
    assert at_once(simulator, 8, "get", "agent/get", agentid=1000002) == [0] * 8
