"""Another company or application in the account: who is concerned is said first, and nobody gets anything twice."""

import uuid

import pytest

from messaging import sweeps
from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import Registration
from wechat_admin.demo import SIMULATOR_VALUES, make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/weixin-wechat/"


@pytest.fixture(autouse=True)
def silent(doorbells):
    return doorbells


@pytest.fixture
def school(client):
    """Three registered people, one part-way through, and a message on its way."""
    make_account()
    administrator = make_administrator()
    client.force_login(administrator)
    for _ in range(3):
        make_registration(make_person("contact"))
    make_registration(make_person("contact"), Registration.Status.STARTED)
    message = make_message(administrator, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    return message


def save(client, **fields):
    account = EnterpriseAccount.objects.get()
    values = {
        "corporation_id": account.corporation_id,
        "application_agent_id": account.application_agent_id,
        "registration_visible": "on",
        "version": account.version,
    } | fields
    return client.post(ADDRESS, {name: value for name, value in values.items() if value is not None})


def test_another_company_is_confirmed_with_the_numbers_first(client, school):
    html = save(client, corporation_id="ww99999999").content.decode()
    assert "4 people have registered with this company and must register again" in html
    assert "Messages to 3 people are on their way." in html
    assert EnterpriseAccount.objects.get().corporation_id == SIMULATOR_VALUES["corporation_id"]
    assert save(client, corporation_id="ww99999999", confirmed="on").status_code == 302
    sweeps.sweep()
    school.refresh_from_db()
    assert school.counts["cancelled"] == 3 and not Batch.objects.open().exists()
    assert Registration.objects.of_account(EnterpriseAccount.objects.get()).count() == 0


def test_what_is_in_doubt_stays_unknown_with_another_company(client, school):
    Batch.objects.update(state=Batch.State.UNCERTAIN, maybe_sent=True)
    save(client, corporation_id="ww99999999", confirmed="on")
    sweeps.sweep()
    school.refresh_from_db()
    assert school.counts["unknown"] == 3


def test_another_application_keeps_registrations_and_writes_unsent_bodies_anew(client, school):
    Batch.objects.update(body=b"{}", body_sha256="x")
    html = save(client, application_agent_id="1000009").content.decode()
    assert "must register again" not in html and "Messages to 3 people are on their way." in html
    save(client, application_agent_id="1000009", confirmed="on")
    account = EnterpriseAccount.objects.get()
    assert Registration.objects.reachable(account).count() == 3
    batch = Batch.objects.get()
    assert (batch.state, batch.body) == (Batch.State.READY, None)
    assert Message.objects.claimable(account).exists()


def test_what_is_in_the_air_for_the_old_application_is_not_repeated_through_the_new_one(client, school):
    Batch.objects.update(state=Batch.State.IN_FLIGHT, lease=uuid.uuid4(), lease_until="2099-01-01T00:00:00Z")
    save(client, application_agent_id="1000009", confirmed="on")
    sweeps.sweep()
    school.refresh_from_db()
    assert school.counts["unknown"] == 3


def test_with_nobody_concerned_nothing_is_asked(client):
    make_account()
    client.force_login(make_administrator())
    assert save(client, corporation_id="ww99999999").status_code == 302


def test_hiding_says_how_many_are_part_way_through_and_keeps_everybody(client, school):
    response = save(client, registration_visible=None)
    html = client.get(response.url).content.decode()
    assert "1 person is part-way through registering. What they entered is kept." in html
    assert Registration.objects.open().count() == 4
