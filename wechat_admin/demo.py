"""The linked account, for the demo and the tests."""

import requests
from django.conf import settings
from django.utils import timezone

from portal.crypto import Secret

from .account.qr import draw_qr
from .models import Check, EnterpriseAccount

# The simulator's, who accepts no others; written a second time because nothing of ours imports it.
SIMULATOR_VALUES = {
    "corporation_id": "ww5c4001516a7042d1",
    "application_secret": "SIMULATOR-application-secret-NVxq3kXb",
    "application_agent_id": 1000002,
    "address_book_secret": "SIMULATOR-address-book-secret-8RtYw2",
}


def make_account(**fields):
    """The school's account, linked and with registration visible unless `fields` say otherwise."""
    values = SIMULATOR_VALUES | {
        "qr_target": "http://127.0.0.1:1/follow/code",
        "registration_visible": True,
        "version": 1,
    }
    values |= fields
    for name in ("application_secret", "address_book_secret"):
        values[name] = Secret(values[name])
    values["qr_png"] = draw_qr(values["qr_target"]) if values["qr_target"] else b""
    account, _ = EnterpriseAccount.objects.update_or_create(pk=1, defaults=values)
    return account


def make_checks(**states):
    """Every check of the connection was made just now and found all well, unless `states` say otherwise."""
    Check.objects.begin()
    Check.objects.update(state=Check.State.OK)
    for name, state in states.items():
        Check.objects.filter(name=Check.Name[name]).update(state=state)


def fill(demo):
    if not demo.linked or EnterpriseAccount.objects.the().is_linked:
        return
    known = {"corpid": SIMULATOR_VALUES["corporation_id"], "corpsecret": SIMULATOR_VALUES["application_secret"]}
    try:
        answer = requests.get(f"{settings.WECOM_API_BASE}/cgi-bin/gettoken", params=known, timeout=5).json()
    except (requests.RequestException, ValueError):
        answer = {"errcode": "no answer"}
    if answer.get("errcode"):
        print(
            f"{settings.WECOM_API_BASE} does not know the simulator's account, so the demo starts with nothing linked."
        )
        return
    now, by = timezone.now(), "Demo"
    make_account(
        qr_target=f"{demo.simulator}/follow/wx-plugin-5c4001516a",
        qr_set_at=now,
        saved_by=by,
        saved_at=now,
        application_secret_set_by=by,
        application_secret_set_at=now,
        address_book_secret_set_by=by,
        address_book_secret_set_at=now,
    )
