"""Who leaves and when: proposed, confirmed by name, taken back; never whom the school cannot do without."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.access.leaving import take_profiles_away
from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.people import importing
from portal.people.demo import leave, make_person, relate
from portal.people.importing.actions import import_people
from portal.people.leaving import actions
from portal.people.models import Departure, Person
from portal.people.roles import Role

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def family():
    """Ming and Na, their mother, and their father who teaches; a grandmother of Ming alone."""
    people = {name: make_person("pupil", given_name=name) for name in ("Ming", "Na")}
    people |= {name: make_person("contact", given_name=name) for name in ("Mother", "Grandma", "Stranger")}
    people["Father"] = make_person("staff", given_name="Father", is_contact=True)
    for child in ("Ming", "Na"):
        relate(people["Mother"], people[child]), relate(people["Father"], people[child], "father")
    relate(people["Grandma"], people["Ming"], "guardian")
    return people


@pytest.fixture
def secretary(client):
    user = make_sign_in(make_person("staff", given_name="Office"), options=["people.view", "people.change"])
    client.force_login(user)
    return user


def names(people):
    return {person.given_name for person in people}


def again(person):
    return Person.objects.get(pk=person.pk)


def press(client, person, *, roles=(Role.PUPIL,), day=YESTERDAY, **more):
    data = {"last_day": day, "roles": [role.value for role in roles]} | more
    return client.post(reverse("leave", args=[person.pk]), data)


# --- who is proposed ---


def test_contacts_of_whom_nobody_stays_are_proposed_and_nobody_else(client, family, secretary):
    page = press(client, family["Ming"])
    assert names(form.contact for form in page.context["proposed"]) == {"Grandma"}
    page = press(client, family["Ming"], with_them=[family["Na"].pk])
    assert names(form.contact for form in page.context["proposed"]) == {"Grandma", "Mother", "Father"}
    assert not Person.objects.left().exists(), "nothing is done before the second press"


def test_a_sister_who_leaves_before_that_day_stays_for_nobody(family):
    leave(family["Na"], last_day=TODAY)
    assert "Mother" in names(Person.objects.left_alone_by([family["Ming"].pk], TOMORROW))
    assert "Mother" not in names(Person.objects.left_alone_by([family["Ming"].pk], YESTERDAY))


def test_a_family_leaves_with_whom_is_ticked_each_on_a_day_of_their_own(client, family, secretary):
    mother, father, grandma = (f"contact-{family[name].pk}" for name in ("Mother", "Father", "Grandma"))
    ticked = {f"{mother}-leaves": "on", f"{father}-leaves": "on", "confirmed": "yes"}
    days = {f"{mother}-last_day": TOMORROW, f"{father}-last_day": YESTERDAY, f"{grandma}-last_day": YESTERDAY}
    answer = press(client, family["Ming"], with_them=[family["Na"].pk], **ticked, **days)
    assert answer.url == reverse("person", args=[family["Ming"].pk])
    assert names(Person.objects.left()) == {"Ming", "Na"}
    assert again(family["Mother"]).contact_last_day == TOMORROW
    father = again(family["Father"])
    assert (father.contact_last_day, father.staff_last_day) == (YESTERDAY, None) and father.works_here
    assert again(family["Grandma"]).last_day is None
    assert AuditEvent.objects.filter(act="set a last day", subject=f"person {family['Mother'].pk}").count() == 1


def test_a_day_that_is_none_is_said_beside_its_field_and_nothing_typed_is_lost(client, family, secretary):
    for day in ("", "0002-07-31", "31.7.", "9999-01-01"):
        page = press(client, family["Ming"], day=day, with_them=[family["Na"].pk])
        assert page.status_code == 200 and "last_day" in page.context["form"].errors, day
        assert page.context["form"]["with_them"].value() == [str(family["Na"].pk)]
    key = f"contact-{family['Grandma'].pk}"
    page = press(client, family["Ming"], confirmed="yes", **{f"{key}-leaves": "on", f"{key}-last_day": "0001-01-01"})
    assert "check the year" in page.content.decode() and not Person.objects.left().exists()


def test_nobody_of_another_family_can_be_slipped_in(client, family, secretary):
    other = make_person("pupil")
    page = press(client, family["Ming"], with_them=[other.pk], confirmed="yes")
    assert "with_them" in page.context["form"].errors and not Person.objects.left().exists()
    assert press(client, family["Ming"], roles=[Role.STAFF]).context["form"].errors


# --- taking back ---


def test_a_departure_is_taken_back_once_and_not_what_was_said_since(client, family, secretary):
    departure = actions.set_last_days(
        {(family["Ming"].pk, Role.PUPIL): YESTERDAY, (family["Mother"].pk, Role.CONTACT): YESTERDAY}, by=secretary
    )
    leave(family["Mother"], last_day=TODAY)
    address = reverse("take-back-departure", args=[family["Ming"].pk, departure.pk])
    said = client.post(address, follow=True).content.decode()
    assert "Mother" in said and again(family["Mother"]).contact_last_day == TODAY
    assert again(family["Ming"]).last_day is None
    leave(family["Ming"])
    assert "taken back already" in client.post(address, follow=True).content.decode()
    assert again(family["Ming"]).has_left
    assert client.post(reverse("take-back-departure", args=[family["Na"].pk, departure.pk])).status_code == 404


def test_the_same_twice_is_one_departure(family, secretary):
    last_days = {(family["Ming"].pk, Role.PUPIL): YESTERDAY}
    assert actions.set_last_days(last_days, by=secretary)
    assert actions.set_last_days(last_days, by=secretary) is None and Departure.objects.count() == 1


def test_whoever_is_back_has_no_last_day_any_more(client, family, secretary):
    leave(family["Ming"])
    client.post(reverse("stay", args=[family["Ming"].pk, Role.PUPIL.value]))
    assert not again(family["Ming"]).has_left


def test_who_is_back_as_a_father_does_not_work_here_again_by_it_and_may_on_its_own(client, family, secretary):
    father = family["Father"]
    leave(father)
    address = reverse("person", args=[father.pk])
    assert client.get(address).content.decode().count("Stays, or is back") == 2
    client.post(reverse("stay", args=[father.pk, Role.CONTACT.value]))
    assert again(father).roles_now == [Role.CONTACT]
    client.post(reverse("stay", args=[father.pk, Role.STAFF.value]))
    assert again(father).works_here and "Stays, or is back" not in client.get(address).content.decode()


def test_nobody_is_back_in_a_role_they_never_had(client, family, secretary):
    leave(family["Mother"])
    for role in (Role.STAFF.value, "teacher"):
        assert client.post(reverse("stay", args=[family["Mother"].pk, role])).status_code == 404
    assert again(family["Mother"]).has_left


# --- rights ---


def test_a_teacher_who_stops_keeps_the_familys_side_and_loses_every_option_at_once(client, family):
    user = make_sign_in(family["Father"], options=["messaging.write"])
    client.force_login(user)
    assert client.get("/messaging/").status_code == 200
    Person.objects.filter(pk=family["Father"].pk).end(YESTERDAY, [Role.STAFF])
    assert client.get("/messaging/").status_code == 403
    assert client.get(reverse("my-details")).status_code == 200
    take_profiles_away()
    Person.objects.filter(pk=family["Father"].pk).end(None)
    assert client.get("/messaging/").status_code == 403, "what was taken is given anew by a person"
    assert AuditEvent.objects.filter(act__startswith="took a profile away from somebody").count() == 1


def administrator(**fields):
    user = make_sign_in(make_person("staff", **fields))
    user.groups.add(Profile.objects.system_administrator().group)
    return user


def test_the_last_system_administrator_cannot_leave_by_screen_or_file(client, secretary):
    first, second = administrator(given_name="First"), administrator(given_name="Second")
    actions.set_last_days({(first.person.pk, Role.STAFF): TOMORROW}, by=secretary)
    page = press(client, second.person, roles=[Role.STAFF], day=TOMORROW + timedelta(days=30), confirmed="yes")
    assert "at least one System Administrator who stays" in page.content.decode()
    assert again(second.person).last_day is None
    head = ",".join([*importing.COLUMNS, "leaving_on"])
    file = f"{head}\n{second.person.reference},staff,Second,,,,,,,,2026-07-31"
    with pytest.raises(importing.ImportRefused, match="Row 2, column leaving_on: The school needs at least one"):
        import_people(importing.read(file.encode()))
    file = f"{','.join(importing.COLUMNS)}\n{second.person.reference},contact,Second,,,,,,,"
    with pytest.raises(importing.ImportRefused, match="Row 2, column leaving_on"):
        import_people(importing.read(file.encode()))
    assert again(second.person).works_here


def test_the_last_system_administrator_keeps_the_options_whatever_happens(client):
    user = administrator(is_contact=True)
    Person.objects.filter(pk=user.person.pk).end(YESTERDAY, [Role.STAFF])
    take_profiles_away()
    client.force_login(user)
    assert client.get(reverse("profiles")).status_code == 200
