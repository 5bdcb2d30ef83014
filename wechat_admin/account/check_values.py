"""What WeCom says, at the moment of Save, of the values that were changed: one `gettoken` per changed secret.

Save is a person's press, so a secret that WeCom refused lately is tried once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.crypto import Secret

from ..connection.clients import hurried_client
from ..models import EnterpriseAccount
from ..wecom.client import Client
from ..wecom.codes import Blame
from ..wecom.errors import WeComError


@dataclass(frozen=True)
class Refusal:
    """`field` is the field to blame, "" for a warning: what condemns no value that was typed is saved all the same."""

    field: str
    error: WeComError


@dataclass
class Found:
    refusals: list[Refusal] = field(default_factory=list)
    answered: bool = False  # the application itself has answered: what held sending is put right

    @property
    def fields(self) -> set[str]:
        return {refusal.field for refusal in self.refusals}


def check_values(account: EnterpriseAccount, values: Mapping[str, Any]) -> Found:
    """What WeCom says of the values of AccountForm, as far as they differ from the stored account."""
    found = Found()
    if values["corporation_id"]:
        _check_application(account, values, found)
    if values["corporation_id"] and "corporation_id" not in found.fields:
        _check_address_book(account, values, found)
    return found


def _check_application(account: EnterpriseAccount, values: Mapping[str, Any], found: Found) -> None:
    """By `agent/get`, which proves secret, agent id and address at once; without an agent id the secret alone."""
    client, is_new = _client(account, values, "application_secret")
    agent_id = values["application_agent_id"]
    is_another = agent_id != account.application_agent_id
    # Whoever saves while sending is held wants to know whether it can go on.
    if client is None or not (is_new or is_another or account.gate.is_held):
        return
    blamed: dict[Blame, str] = {}
    if is_new:
        blamed |= _fields("application_secret")
    if is_new or is_another:
        blamed |= {Blame.AGENT: "application_agent_id"}
    try:
        if agent_id is None:
            client.token()
        else:
            client.application(agent_id)
            found.answered = True
    except WeComError as error:
        found.refusals.append(_refusal(blamed, error))


def _check_address_book(account: EnterpriseAccount, values: Mapping[str, Any], found: Found) -> None:
    client, is_new = _client(account, values, "address_book_secret")
    if client is None or not is_new:
        return
    try:
        client.userids_page(limit=1)
    except WeComError as error:
        blamed = _fields("address_book_secret")
        # That it may not do this condemns the secret only where it turns out to be the application's.
        if error.blame is Blame.KIND_OF_SECRET and not _is_an_applications(client, values):
            blamed = {}
        found.refusals.append(_refusal(blamed, error))


def _refusal(blamed: dict[Blame, str], error: WeComError) -> Refusal:
    return Refusal(blamed.get(error.blame, "") if error.blame else "", error)


def _client(account: EnterpriseAccount, values: Mapping[str, Any], name: str) -> tuple[Client | None, bool]:
    """(a client for the secret that would be saved, or None; whether the pair of corporation and secret is new)."""
    secret = Secret(values[name]) if values[name] else getattr(account, name)
    if not secret:
        return None, False
    client = hurried_client(values["corporation_id"], secret)
    client.try_again()
    return client, bool(values[name]) or values["corporation_id"] != account.corporation_id


def _fields(secret: str) -> dict[Blame, str]:
    """{what WeCom blames: the field to blame} for the call with a secret."""
    return {Blame.CORPORATION: "corporation_id", Blame.SECRET: secret, Blame.KIND_OF_SECRET: secret}


def _is_an_applications(client: Client, values: Mapping[str, Any]) -> bool:
    if values["application_agent_id"] is None:
        return False
    try:
        client.application(values["application_agent_id"])
    except WeComError as error:
        return error.blame is Blame.AGENT
    return True
