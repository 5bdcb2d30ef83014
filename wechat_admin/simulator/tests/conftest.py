"""Calls as any program would make them: plain HTTP, no client of ours."""

import json

import pytest
import requests


class Caller:
    """Speaks with one secret. `get` and `post` return the whole answer; `code` the errcode alone."""

    def __init__(self, simulator, secret):
        self.address, self.values = (
            simulator.address,
            requests.get(f"{simulator.address}/account.json", timeout=5).json(),
        )
        self.secret, self.session = self.values[secret], requests.Session()
        self.token = None

    def gettoken(self, secret=None, **query):
        query = {"corpid": self.values["corporation_id"], "corpsecret": secret or self.secret} | query
        return self.session.get(f"{self.address}/cgi-bin/gettoken", params=query, timeout=20).json()

    def _query(self, query):
        if self.token is None:
            self.token = self.gettoken()["access_token"]
        return {"access_token": self.token} | query

    def get(self, call, **query):
        return self.session.get(f"{self.address}/cgi-bin/{call}", params=self._query(query), timeout=20).json()

    def post(self, call, **fields):
        return self.bytes(call, json.dumps(fields, ensure_ascii=False).encode())

    def bytes(self, call, body):
        return self.session.post(f"{self.address}/cgi-bin/{call}", data=body, params=self._query({}), timeout=20).json()

    def send(self, to, says="hello", **fields):
        message = {"touser": to, "msgtype": "text", "agentid": 1000002, "text": {"content": says}}
        return self.post("message/send", **message | fields)


def person(n=1, **fields):
    return {
        "userid": f"sp-{n}",
        "name": "李明",
        "mobile": f"+861300000{n:04}",
        "department": [1],
        "to_invite": False,
    } | fields


@pytest.fixture
def application(simulator):
    return Caller(simulator, "application_secret")


@pytest.fixture
def book(simulator):
    return Caller(simulator, "address_book_sync_secret")


@pytest.fixture
def followers(simulator, book):
    """`followers(3)`: sp-1 … sp-3, who follow the school in WeChat."""

    def make(number):
        for n in range(1, number + 1):
            assert book.post("user/create", **person(n))["errcode"] == 0
            simulator.control(f"members/sp-{n}/follow")

    return make
