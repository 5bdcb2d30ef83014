"""A kind of its own, whose causes a test sets."""

import pytest

from portal import causes
from portal.access.demo import make_administrator, make_sign_in
from portal.causes import Kind
from portal.people.demo import make_person

OPTION = "people.view"


class Pretended:
    """`now` is what is so; `of(...)` puts a kind with other ways in place of this one."""

    def __init__(self, monkeypatch):
        self.now = {}
        self._monkeypatch = monkeypatch
        self.of()

    def of(self, **ways):
        usual = {
            "option": OPTION,
            "causes": lambda: self.now,
            "sentence": lambda subject: f"Thing {subject} is so.",
            "address": lambda subject: f"/help/?thing={subject}",
        }
        self._monkeypatch.setattr(causes, "_kinds", {"test": Kind("test", "A thing", **usual | ways)})


@pytest.fixture
def pretended(monkeypatch):
    return Pretended(monkeypatch)


@pytest.fixture
def holder(db):
    return make_sign_in(make_person("staff", email="holder@school.example"), options=[OPTION])


@pytest.fixture
def administrator(db):
    return make_administrator("root")
