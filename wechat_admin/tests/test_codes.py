"""The one table of WeCom's codes."""

import ast
from pathlib import Path

import pytest

from wechat_admin.wecom.codes import GETTOKEN, MEANINGS, Action, Blame, Course, blamed, meaning
from wechat_admin.wecom.errors import (
    RecipientInvalid,
    TokenRefused,
    WeComMisconfigured,
    WeComUnavailable,
    WeComUnreachable,
    error_for,
)
from wechat_admin.wecom.faults import Fault

ROOT = Path(__file__).resolve().parents[2]


def numbers(path):
    return {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}


def test_no_code_stands_outside_the_table():
    """A set of codes beside the table is a second table: it will disagree with the first."""
    codes = {code for code in MEANINGS if code > 6000}
    elsewhere = [
        f"{path.relative_to(ROOT)}: {found}"
        for folder in ("portal", "wechat_admin", "registration", "messaging")
        for path in (ROOT / folder).rglob("*.py")
        if not {"tests", "migrations", "simulator"} & set(path.parts) and path.name != "codes.py"
        if (found := {n for n in numbers(path) if type(n) is int} & codes)
    ]
    assert elsewhere == []


# What WeCom refuses to whoever calls it otherwise than we do.
NOT_OURS = {
    *(40005, 40068, 40206, 41009, 41011, 41017, 50100, 60001, 60005, 60006, 60007, 60009, 60110, 60125, 60132, 60143),
    *(60145, 60257, 81002, 82002, 82003, 301005, 301012, 301013),
}
# What only WeCom's documents name: the simulator gives it by order alone.
BY_ORDER = {
    *(40006, 40011, 40035, 40201, 40204, 45031, 45035, 45036, 47001, 48001, 48004, 48006, 48010, 50002, 50006, 60021),
    *(60030, 60031, 60124, 60136, 81012, 81026, 82004, 85002, 301007, 301021),
}


def test_the_table_and_the_simulator_call_a_refusal_by_one_number():
    """A row of a number that nobody gives would be noticed by nobody."""
    given = {
        code for file in (ROOT / "wechat_admin/simulator").glob("*.py") for code in numbers(file) if _is_code(code)
    }
    known = {code for code in MEANINGS if _is_code(code)}
    assert (given - known, known - given) == (NOT_OURS, BY_ORDER)


def _is_code(value):
    return type(value) is int and (40000 <= value < 86000 or 301000 <= value < 302000)


def test_the_templates_name_no_code():
    for path in (ROOT / "templates").rglob("*.html"):
        assert not [code for code in MEANINGS if code > 6000 and str(code) in path.read_text()], path


@pytest.mark.parametrize("code", [c for c, found in MEANINGS.items() if found.blame.action is not Action.PERMANENT])
def test_what_somebody_can_change_or_wait_for_says_how(code):
    """Recipients have no remedy where it is the person who must do something."""
    found = meaning(code)
    assert found.sentence
    assert found.remedy or found.blame.action in (Action.RECIPIENT, Action.RETRY)


def test_the_same_code_blames_the_secret_of_gettoken_and_the_token_of_any_other_call():
    assert blamed(40001, GETTOKEN) is Blame.SECRET
    assert blamed(40001, "message/send") is Blame.TOKEN
    assert type(error_for(GETTOKEN, 40001)) is WeComMisconfigured
    assert type(error_for("agent/get", 40001)) is TokenRefused


def test_no_right_on_a_member_is_the_visible_range_of_a_reading_and_the_rights_of_a_writing():
    assert blamed(60011, "user/get") is Blame.RANGE
    assert blamed(60011, "user/update") is Blame.RIGHT
    assert type(error_for("user/update", 60011)) is WeComMisconfigured
    assert type(error_for("user/update", 60111)) is RecipientInvalid


def test_a_code_nobody_wrote_down_stops_the_message_for_a_person_and_asks_to_be_reported():
    error = error_for("message/send", 987654)
    assert (error.blame, error.course) == (Blame.UNKNOWN, Course.ASK)
    assert meaning(987654).remedy


def test_without_a_code_the_error_itself_says_what_a_sender_does():
    assert WeComUnreachable("message/send").course is Course.LATER
    assert WeComUnavailable("message/send", fault=Fault.SILENT).course is Course.REPEAT
    assert WeComUnavailable("message/send", fault=Fault.SERVER).course is Course.REPEAT_SOON
