"""The address book as the documents have it: who may write, what is refused in which code, what is seen of whom."""

import pytest

from .conftest import person

FIELDS_OF_A_NEW_APPLICATION = {
    "userid", "name", "department", "order", "position", "is_leader_in_dept", "direct_leader", "thumb_avatar",
    "telephone", "alias", "extattr", "status", "external_profile", "external_position", "main_department",
}  # fmt: skip


def test_a_number_belongs_to_one_member_however_it_is_written(simulator, book):
    assert book.post("user/create", **person(1, mobile="13800000001"))["errcode"] == 0
    for spelling in ("+8613800000001", "+86 13800000001", "138 0000 0001", "+86-138-0000-0001"):
        assert book.post("user/create", **person(2, mobile=spelling))["errcode"] == 60104, spelling
    assert simulator.scan("+86 138 0000 0001") == "followed"


@pytest.mark.parametrize("written", ["13800000001", "+8613800000001", "+86 13800000001"])
def test_a_number_is_found_as_it_was_written_and_no_other_way(simulator, application, book, written):
    book.post("user/create", **person(1, mobile=written))
    for asked in ("13800000001", "+8613800000001", "+86 13800000001"):
        answer = application.post("user/getuserid", mobile=asked)
        assert answer["errcode"] == (0 if asked == written else 46004), asked
    simulator.switch("spelling_matters", False)
    assert application.post("user/getuserid", mobile="138 00000001")["userid"] == "sp-1"


def test_an_email_is_found_under_its_own_kind_alone(application, book):
    book.post("user/create", **person(1, email="ming@family.example", biz_mail="ming@school.example"))
    look_up = lambda **fields: application.post("user/get_userid_by_email", **fields)["errcode"]  # noqa: E731
    assert look_up(email="ming@family.example") == 46004, "1, the corporation's mail, is what is meant without a word"
    assert look_up(email="ming@family.example", email_type=2) == 0
    assert look_up(email="MING@family.example", email_type=2) == 0
    assert look_up(email="ming@school.example", email_type=1) == 0
    assert look_up(email="ming@school.example", email_type=2) == 46004
    assert look_up(email="ming@school.example", email_type=3) == 40058
    assert look_up(email="a@b.c") == 60105


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"email": "a@b.c"}, 60105),
        ({"email": "a" * 60 + "@b.cd"}, 60105),
        ({"biz_mail": "nobody"}, 60143),
        ({"mobile": "1380000O001"}, 60103),
        ({"mobile": ""}, 60129),
        ({"mobile": 13800000001}, 40058),
        ({"name": ""}, 60112),
        ({"name": "x" * 65}, 60112),
        ({"userid": "_x"}, 40003),
        ({"userid": "a@b"}, 40003),
        ({"position": "x" * 129}, 301012),
        ({"telephone": "call me"}, 301013),
        ({"is_leader_in_dept": [1, 0]}, 60132),
        ({"direct_leader": ["a", "b"]}, 60257),
        ({"main_department": 3}, 60123),
        ({"department": "1"}, 40058),
        ({"department": list(range(2, 30))}, 60110),
    ],
)
def test_what_a_member_may_not_be(book, wrong, code):
    assert book.post("user/create", **person(1) | wrong)["errcode"] == code


def test_what_an_application_sees_of_a_member(simulator, application, book):
    book.post("user/create", **person(1, email="ming@family.example", department=[2, 3]))
    answer = application.get("user/get", userid="SP-1")
    assert answer.keys() - {"errcode", "errmsg"} == FIELDS_OF_A_NEW_APPLICATION
    assert answer["userid"] == "sp-1" and answer["status"] == 4
    simulator.visible_range(departments=[3])
    assert application.get("user/get", userid="sp-1")["department"] == [3], "only the departments it sees"
    simulator.visible_range(users=["SP-1"])
    assert application.get("user/get", userid="sp-1")["department"] == []
    simulator.switch("old_application", True)
    assert application.get("user/get", userid="sp-1")["mobile"] == "+8613000000001"


def test_what_the_address_books_secret_sees_depends_on_when_its_address_was_entered(simulator, book):
    book.post("user/create", **person(1, email="ming@family.example"))
    assert book.get("user/get", userid="sp-1")["errcode"] == 48009
    assert book.post("user/getuserid", mobile="+8613000000001")["errcode"] == 48009
    simulator.switch("old_sync_address", True)
    assert book.get("user/get", userid="sp-1")["email"] == "ming@family.example"


def test_deleting(simulator, application, book):
    book.post("user/create", **person(1))
    assert application.get("user/delete", userid="sp-1")["errcode"] == 48002
    assert book.get("user/delete", userid="SP-1")["errcode"] == 0
    assert book.get("user/delete", userid="sp-1")["errcode"] == 60111
    assert application.get("user/get", userid="sp-1")["errcode"] == 60111
    assert book.post("user/create", **person(1))["errcode"] == 0, "number and id are free again"
    simulator.add_member("founder", mobile="13800009999")
    assert book.get("user/delete", userid="founder")["errcode"] == 301005
    simulator.switch("sync_read_only", True)
    assert book.get("user/delete", userid="sp-1")["errcode"] == 48008


def test_a_userid_may_become_somebody_elses(simulator, application, book, followers):
    followers(1)
    application.send("sp-1", "to the first")
    simulator.give_userid_to_another("sp-1", mobile="138 0000 0777")
    simulator.scan("13800000777")
    assert "sp-1" not in simulator.inbox
    application.send("sp-1", "to the second")
    assert simulator.inbox == {"sp-1": {"to the second": 1}}
    assert application.post("user/getuserid", mobile="+8613000000001")["errcode"] == 46004


def test_disabled_members_and_those_who_left(simulator, application, followers):
    followers(2)
    simulator.disable_member("sp-1")
    assert application.get("user/get", userid="sp-1")["status"] == 2
    assert application.send("sp-1")["errcode"] == 0, "accepted, and shown nowhere"
    assert simulator.inbox == {} and simulator.lost == {"sp-1": ["disabled"]}
    simulator.enable_member("sp-1")
    application.send("sp-1", "again")
    assert simulator.inbox == {"sp-1": {"again": 1}}
    simulator.member_leaves("sp-2")
    assert application.get("user/get", userid="sp-2")["errcode"] == 60111
    assert application.send("sp-2")["errcode"] == 81013


def test_wecom_without_wechat_is_active_and_has_no_openid(simulator, application, book):
    book.post("user/create", **person(1))
    simulator.activate_wecom("sp-1")
    assert application.get("user/get", userid="sp-1")["status"] == 1
    assert application.post("user/convert_to_openid", userid="sp-1")["errcode"] == 43004
    simulator.scan("+8613000000001")
    assert application.post("user/convert_to_openid", userid="sp-1")["errcode"] == 0


def test_updating(simulator, book, followers):
    followers(1)
    book.post("user/create", **person(2))
    assert book.post("user/update", userid="sp-1", mobile="+8613000000009", name="New")["errcode"] == 0
    assert simulator.members["sp-1"]["mobile"] == "+8613000000001", "of somebody active: ignored in silence"
    assert simulator.members["sp-1"]["name"] == "New"
    assert book.post("user/update", userid="sp-2", mobile="13000000001")["errcode"] == 60104
    assert book.post("user/update", userid="sp-2", mobile="")["errcode"] == 60129
    assert book.post("user/update", userid="sp-2", enable=0)["errcode"] == 0
    assert simulator.members["sp-2"]["status"] == 2
    assert book.post("user/update", userid="nobody")["errcode"] == 60111


def test_the_list_of_ids_has_a_row_for_each_department(application, book):
    book.post("user/create", **person(1, department=[2, 3]))
    book.post("user/create", **person(2))
    assert application.post("user/list_id")["errcode"] == 48002
    first = book.post("user/list_id", limit=1)
    assert [row["department"] for row in first["dept_user"]] == [2, 3]
    second = book.post("user/list_id", limit=1, cursor=first["next_cursor"])
    assert [row["userid"] for row in second["dept_user"]] == ["sp-2"]
    assert book.post("user/list_id", cursor="x")["errcode"] == 50100
    assert book.post("user/list_id", limit=10001)["errcode"] == 40058


def test_look_ups_and_lists_may_answer_in_lower_case(simulator, application, book):
    simulator.add_member("WeiLi", mobile="13800000001")
    simulator.switch("lower_case_userids", True)
    assert application.post("user/getuserid", mobile="13800000001")["userid"] == "weili"
    assert book.post("user/list_id")["dept_user"][0]["userid"] == "weili"


# --- departments and tags ---


def test_unknown_departments_are_made_under_others_without_an_error(simulator, book):
    simulator.switch("unknown_departments_are_made", True)
    answer = book.post("user/create", **person(1, department=[2, 910002]))
    assert answer["errcode"] == 0 and answer["errmsg"] == "created"
    assert answer["created_department_list"]["department_info"] == [{"name": "部门910002", "id": 910002}]
    parents = {row["id"]: row["parentid"] for row in book.get("department/simplelist")["department_id"]}
    assert parents[910002] == 100 and simulator.departments[100] == "其他（待设置部门）"
    assert "created_department_list" not in book.post("user/create", **person(2, department=[910002]))
    assert "created_department_list" not in book.post("user/create", **person(3, department=[]))
    assert simulator.members["sp-3"]["departments"] == [100]
    assert "created_department_list" not in book.post("user/update", userid="sp-2", department=[77])
    assert simulator.members["sp-2"]["departments"] == [77] and 77 in simulator.departments
    simulator.switch("unknown_departments_are_made", False)
    assert book.post("user/create", **person(4, department=[78]))["errcode"] == 60123


def test_names_are_unique_among_siblings_only(book):
    made = lambda **fields: book.post("department/create", **fields)["errcode"]  # noqa: E731
    assert made(id=10, name="1班", parentid=2) == 0
    assert made(id=11, name="1班", parentid=3) == 0
    assert made(id=12, name="1班", parentid=2) == 60008
    assert made(id=11, name="2班", parentid=2) == 60008
    assert made(id=13, name="Office", parentid=1) == 60008
    assert made(id=14, name="Office", parentid=2) == 0


def test_what_a_department_may_not_be(simulator, book):
    made = lambda **fields: book.post("department/create", **{"parentid": 1} | fields)["errcode"]  # noqa: E731
    assert made(name="") == 60001
    assert made(name="x" * 33) == 60001
    assert made(name="a:b") == 60009
    assert made(name="a", name_en="a|b") == 60009
    assert made(name="a", parentid=99) == 60004
    assert made(name="a", id=1) == 60123
    simulator.switch("short_department_names", False)
    assert made(name="x" * 64) == 0
    assert made(name="x" * 65) == 60125


def test_levels_end_at_fifteen(book):
    above = 1
    for level in range(14):
        above = book.post("department/create", name=f"level {level}", parentid=above)["id"]
    assert book.post("department/create", name="too deep", parentid=above)["errcode"] == 81002


def test_a_department_with_people_or_others_below_is_not_deleted(simulator, book):
    book.post("department/create", id=10, name="Year 7", parentid=1)
    book.post("department/create", id=11, name="7A", parentid=10)
    book.post("user/create", **person(1, department=[11]))
    assert book.get("department/delete", id=10)["errcode"] == 60006
    assert book.get("department/delete", id=11)["errcode"] == 60005
    assert book.get("department/delete", id=1)["errcode"] == 60007
    assert book.get("department/delete", id=99)["errcode"] == 60003
    simulator.remove_department(11)
    assert simulator.members["sp-1"]["departments"] == [100]


def test_the_list_of_departments_holds_what_the_secret_sees(simulator, application, book):
    book.post("department/create", id=10, name="7", parentid=2)
    ids = lambda answer: [row["id"] for row in answer["department_id"]]  # noqa: E731
    simulator.visible_range(departments=[2])
    assert ids(application.get("department/simplelist")) == [2, 10]
    assert ids(book.get("department/simplelist")) == [1, 2, 3, 10]
    assert ids(book.get("department/simplelist", id=2)) == [2, 10]
    assert application.get("department/simplelist", id=3)["errcode"] == 60123


def test_a_department_has_a_name_for_the_application_that_sees_it(simulator, application, book):
    assert application.get("department/get", id=2)["department"]["name"] == "Office"
    simulator.visible_range(departments=[3])
    assert application.get("department/get", id=2)["errcode"] == 60011
    assert application.get("department/get", id=99)["errcode"] == 60123
    assert book.get("department/get", id=2)["errcode"] == 48009


def test_a_tag_names_the_members_that_are_seen(simulator, application, book):
    book.post("user/create", **person(1, department=[2]))
    book.post("user/create", **person(2, department=[3]))
    simulator.tag_members(7, ["SP-1", "sp-2"])
    assert application.get("tag/get", tagid=7)["errcode"] == 60011
    simulator.visible_range(departments=[2], tags=[7])
    answer = application.get("tag/get", tagid=7)
    assert [member["userid"] for member in answer["userlist"]] == ["sp-1", "sp-2"], "named by the tag itself"
    assert answer["partylist"] == [2]
    assert application.get("user/get", userid="sp-2")["errcode"] == 0
    assert application.get("tag/get", tagid=9)["errcode"] == 40068
    simulator.switch("console_tags_hidden", True)
    assert application.get("tag/get", tagid=7)["errcode"] == 60011
    assert book.get("tag/get", tagid=7)["errcode"] == 0
