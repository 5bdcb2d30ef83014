"""Rights never come from editing people: a holder's new address counts once they, or a System Administrator, say so."""

import pytest
from django.urls import reverse

from portal.access.addresses import tell_old_addresses
from portal.access.demo import make_administrator, make_sign_in
from portal.access.letters import ADDRESS_CHANGED, address_of
from portal.mail.kinds import write
from portal.mail.models import Letter
from portal.people.demo import make_person
from portal.people.models import Person, User

pytestmark = pytest.mark.django_db
OLD, NEW = "old@school.example", "new@school.example"


@pytest.fixture
def holder(doorbells):
    user = make_sign_in(make_person("staff", given_name="Holder", email=OLD), options=["messaging.write"])
    Person.objects.filter(user=user).update(email=NEW)
    return User.objects.get(pk=user.pk)


def told():
    return list(Letter.objects.filter(kind=ADDRESS_CHANGED).values_list("address", flat=True))


def test_the_old_address_is_told_once_of_each_new_one(holder):
    tell_old_addresses(), tell_old_addresses()
    assert told() == [OLD] and address_of(holder) == OLD
    letter = write(Letter.objects.get(kind=ADDRESS_CHANGED))
    assert letter.to == OLD and NEW not in letter.body
    Person.objects.filter(user=holder).update(email="third@school.example")
    tell_old_addresses()
    assert told() == [OLD, OLD]


def test_the_holder_says_so_from_a_session(client, holder):
    client.force_login(holder)
    assert NEW in client.get(reverse("my-details")).content.decode()
    client.post(reverse("take-own-address"), {"shown": "else@school.example"})
    assert address_of(User.objects.get(pk=holder.pk)) == OLD, "not of an address they have not seen"
    client.post(reverse("take-own-address"), {"shown": NEW})
    assert address_of(User.objects.get(pk=holder.pk)) == NEW and told() == [OLD], "told although no sweep came before"
    assert NEW + " on record" not in client.get(reverse("my-details")).content.decode()


def test_a_system_administrator_says_so_and_nobody_else(client, holder):
    manager = make_sign_in(make_person("staff"), options=["access.manage_profiles", "people.view", "people.change"])
    address, page = reverse("take-address-of", args=[holder.pk]), reverse("person", args=[holder.person.pk])
    client.force_login(manager)
    assert "It is theirs" not in client.get(page).content.decode()
    client.post(address, {"shown": NEW})
    assert address_of(User.objects.get(pk=holder.pk)) == OLD
    client.force_login(make_administrator())
    assert "It is theirs" in client.get(page).content.decode()
    client.post(address, {"shown": NEW})
    assert address_of(User.objects.get(pk=holder.pk)) == NEW


def test_who_holds_nothing_has_the_address_on_record_and_no_letter(doorbells, client):
    user = make_sign_in(make_person("contact", email=OLD))
    Person.objects.filter(user=user).update(email=NEW)
    tell_old_addresses()
    assert told() == [] and address_of(User.objects.get(pk=user.pk)) == NEW
    client.force_login(user)
    client.post(reverse("take-own-address"), {"shown": NEW})
    assert User.objects.get(pk=user.pk).email == OLD


def test_nobody_says_so_while_viewing_as_somebody(client, doorbells):
    viewed = make_sign_in(make_person("contact", email=OLD))
    client.force_login(make_administrator())
    client.post(reverse("impersonate", args=[viewed.pk]), {"reason": "Asks for help"})
    assert client.post(reverse("take-own-address"), {"shown": NEW}).status_code == 403
