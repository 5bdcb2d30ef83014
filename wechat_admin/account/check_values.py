"""What WeCom says, at the moment of Save, of the values that were changed: one `gettoken` per changed secret.

A value WeCom has refused before is not tried again (the token store remembers): a wrong secret in a loop bans the
school's address for an hour.
"""

from dataclasses import dataclass

from portal.crypto import Secret

from ..connection.clients import hurried_client
from ..wecom.codes import Blame
from ..wecom.errors import WeComError

# What condemns a value itself is refused at its field; everything else is saved with a warning.
FIELDS = {Blame.CORPORATION: "corporation_id", Blame.AGENT: "application_agent_id"}


@dataclass(frozen=True)
class Refusal:
    """`field` is the field to blame, "" for a warning."""

    field: str
    error: WeComError


def check_values(account, values):
    """Refusals of the values of AccountForm against the stored account; an empty list where all is well."""
    corporation = values["corporation_id"]
    secrets = {
        name: Secret(values[name]) if values[name] else getattr(account, name)
        for name in ("application_secret", "address_book_secret")
    }
    if not corporation:
        return []
    found = []
    for name, secret in secrets.items():
        is_new = values[name] or corporation != account.corporation_id
        if secret and is_new and not any(refusal.field == "corporation_id" for refusal in found):
            found += _check_secret(corporation, name, secret)
    if not found and secrets["application_secret"] and values["application_agent_id"] is not None:
        changed = values["application_secret"] or values["application_agent_id"] != account.application_agent_id
        if changed or corporation != account.corporation_id:
            found += _check_agent(corporation, secrets["application_secret"], values["application_agent_id"])
    return found


def _check_secret(corporation, name, secret):
    try:
        hurried_client(corporation, secret).token()
    except WeComError as error:
        fields = FIELDS | {Blame.SECRET: name}
        return [Refusal(fields.get(error.blame, ""), error)]
    return []


def _check_agent(corporation, secret, agent_id):
    try:
        hurried_client(corporation, secret).application(agent_id)
    except WeComError as error:
        return [Refusal(FIELDS.get(error.blame, ""), error)]
    return []
