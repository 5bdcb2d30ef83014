"""Of the pupils whose contacts a message is for: which have an adult who gets it, and what is the matter with the others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.audience.people import people_of
from messaging.audience.pupils import missed_pupils, reach_by_pupil
from messaging.demo import make_message
from messaging.models import Message, SavedAudience
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_group, make_person, relate
from portal.people.models import Person, Relationship
from registration.demo import make_registration
from registration.models import Invitation, Registration
from wechat_admin.models import EnterpriseAccount

from .desk import said

pytestmark = pytest.mark.django_db


def pupil(*groups, **fields):
    child = make_person("pupil", **fields)
    for group in groups:
        group.memberships.create(person=child)
    return child


def parent(*children, registered=True, **flags):
    adult = make_person("contact")
    if registered:
        make_registration(adult)
    for child in children:
        relate(adult, child, **flags)
    return adult


@pytest.fixture
def year():
    return make_group(name="Year 7")


def contacts_of(group):
    return {"include": [{"group": group.pk, "who": "contacts"}]}


def asked(author, rule, own=None):
    """(with an adult, {gap: pupils}) of a draft to this rule."""
    reach = reach_by_pupil(make_message(author, rule=rule, status=Message.Status.DRAFT), own=own)
    return reach and (reach.reached, {gap.value: number for gap, number in reach.gaps})


def test_each_pupil_counts_once_whoever_their_contacts_are(author, year):
    form = make_group("form", "7A", parent=year)
    one, two = pupil(year, form), pupil(year)
    parent(one, two)
    parent(one)  # two parents, siblings, a pupil in two groups
    parent(pupil(year), registered=False)
    pupil(year)
    assert asked(author, contacts_of(year)) == (2, {"not_reached": 1, "no_contact": 1})
    assert asked(author, contacts_of(form)) == (1, {})


def test_who_gets_it_for_one_child_may_be_barred_for_another(author, year):
    anna, ming = pupil(year), pupil(year)
    father = parent(anna)
    relate(father, ming, may_receive_messages=False)
    assert asked(author, contacts_of(year)) == (1, {"may_not": 1})


def test_a_pupil_who_is_chosen_too_is_no_adult_nor_is_an_elder_sister(author, year):
    child, sister = pupil(year), pupil(is_contact=True)
    make_registration(child)
    make_registration(sister)
    relate(sister, child)
    rule = contacts_of(year)
    rule["include"].append({"group": year.pk, "who": "pupils"})
    assert asked(author, rule) == (0, {"no_contact": 1})


def test_a_teacher_who_is_the_mother_gets_it_for_her_child(author, year):
    child = pupil(year)
    mother = make_person("staff", is_contact=True)
    make_registration(mother)
    relate(mother, child)
    assert asked(author, contacts_of(year)) == (1, {})


def test_only_guardians_leave_out_a_pupil_who_has_an_aunt_alone(author, year):
    child = pupil(year)
    relate(aunt := parent(), child, kind=Relationship.Kind.OTHER)
    assert asked(author, {"include": [{"role": "guardians"}]}) == (0, {"not_chosen": 1})
    assert asked(author, {"include": [{"role": "guardians"}, {"person": aunt.pk}]}) == (1, {})


def test_pupils_who_left_are_not_counted_and_groups_taken_out_neither(author, year):
    other = make_group(name="Year 9")
    parent(pupil(year))
    parent(pupil(other), registered=False)
    parent(pupil(year, pupil_last_day="2020-01-01"))
    whole = {"include": [{"role": "contacts"}]}
    assert asked(author, whole) == (1, {"not_reached": 1})
    assert asked(author, whole | {"exclude": [{"group": other.pk, "who": "contacts"}]}) == (1, {})


def test_a_message_to_staff_or_pupils_says_nothing_of_pupils_reached(author, year):
    pupil(year)
    assert asked(author, {"include": [{"role": "staff"}, {"group": year.pk, "who": "pupils"}]}) is None


def test_a_saved_audience_is_asked_as_its_rule_is(author, year):
    parent(pupil(year))
    saved = SavedAudience.objects.create(owner=author, name="x", rule=contacts_of(year))
    assert asked(author, {"include": [{"audience": saved.pk}]}) == (1, {})
    assert asked(author, {"include": [{"rule": saved.rule, "name": "x"}]}) == (1, {})


def test_the_report_speaks_of_the_time_the_list_was_frozen(author, year):
    parent(pupil(year))
    late = parent(pupil(year), registered=False)
    message = make_message(author, rule=contacts_of(year))
    prepare(message.pk)
    make_registration(late)
    parent(pupil(year))
    message.refresh_from_db()
    reach = reach_by_pupil(message)
    assert (reach.pupils, reach.reached, reach.missed) == (2, 1, 1)
    assert [child.gap for child in missed_pupils(message)] == ["not_reached"]


def test_a_message_frozen_before_it_was_asked_says_nothing(author, year):
    message = make_message(author, rule=contacts_of(year), frozen_digest="x")
    assert reach_by_pupil(message) is None


def test_from_the_check_page_to_the_names_and_on_to_letters_and_invitations(client, year):
    client.force_login(make_administrator())
    parent(pupil(year))
    child = pupil(year, given_name="Quillfeather")
    parent(child, registered=False)
    message = make_message(make_sign_in(make_person("staff")), rule=contacts_of(year), status=Message.Status.DRAFT)
    Message.objects.update(author=client.get("/").wsgi_request.user)
    page = said(client.get(f"/messaging/{message.pk}/check/"))
    assert "1 of 2 pupils has an adult who gets it." in page and f"/messaging/{message.pk}/pupils/" in page
    page = said(client.get(f"/messaging/{message.pk}/pupils/"))
    assert "Quillfeather" in page and f"/people/{child.pk}/" in page
    for address in ("/application-setup/invitations/", "/application-setup/personal-codes/"):
        assert f"{address}?those=pupils-{message.pk}" in page
    assert "Quillfeather" not in said(client.get(f"/messaging/{message.pk}/pupils/?why=no_contact"))


def draft_for(user, rule):
    return make_message(user, rule=rule, status=Message.Status.DRAFT)


INVITATIONS, LETTERS = "/application-setup/invitations/", "/application-setup/personal-codes/"


@pytest.mark.parametrize("is_frozen", [False, True])
def test_exactly_the_contacts_who_may_be_told_of_those_pupils_are_invited_and_get_letters(client, year, is_frozen):
    user = make_administrator()
    client.force_login(user)
    parent(pupil(year))
    child = pupil(year)
    mother, father = parent(child, registered=False), parent(child, registered=False)
    parent(child, registered=False, may_receive_messages=False)
    parent(pupil(make_group(name="Year 9")), registered=False)
    pupil(year)
    Person.objects.filter(is_contact=True).update(email="family@school.example")
    message = draft_for(user, contacts_of(year))
    if is_frozen:
        prepare(make_it_go(message))
    page = client.get(INVITATIONS, {"those": f"pupils-{message.pk}"})
    assert page.context["together"] == page.context["to_invite"] == 2
    assert f"/messaging/{message.pk}/pupils/" in said(page)
    client.post(reverse("registration:send-invitations"), {"shown": page.context["shown"]})
    assert set(Invitation.objects.values_list("person", flat=True)) == {mother.pk, father.pk}
    letters = client.get(LETTERS, {"those": f"pupils-{message.pk}"})
    assert {person.pk for person in letters.context["press"].people} == {mother.pk, father.pk}


def test_nobody_reads_by_an_address_of_whom_they_may_not_see(client, author, year):
    parent(pupil(year), registered=False)
    message = draft_for(author, contacts_of(year))
    client.force_login(make_sign_in(make_person("staff"), options=["registration.invite", "messaging.write"]))
    for those in (f"pupils-{message.pk}", f"report-{message.pk}-failed", "pupils-", "report-1-nonsense", "x", "x-1"):
        assert client.get(INVITATIONS, {"those": those}).status_code == 404


def test_the_pupils_without_an_adult_are_a_table_to_download(client, year):
    client.force_login(make_administrator())
    child = pupil(year, given_name="Quillfeather")
    mother = parent(child, registered=False)
    pupil(year)
    message = draft_for(client.get("/").wsgi_request.user, contacts_of(year))
    lines = client.get(f"/messaging/{message.pk}/pupils.csv").getvalue().decode().splitlines()
    assert len(lines) == 3 and child.reference in lines[1] and mother.reference in lines[1] and "Year 7" in lines[1]
    assert client.get(f"/messaging/{message.pk}/pupils.csv?why=no_contact").getvalue().count(b"\r\n") == 2


def test_a_message_that_is_for_no_pupils_contacts_leaves_out_nobody_whatever_is_asked(client):
    user = make_administrator()
    client.force_login(user)
    message = draft_for(user, {"include": [{"role": "staff"}]})
    for address in ("pupils/", "pupils/?why=not_reached", "pupils.csv?why=no_contact"):
        assert client.get(f"/messaging/{message.pk}/{address}").status_code == 200
    assert client.get(INVITATIONS, {"those": f"pupils-{message.pk}"}).context["together"] == 0


def test_whoever_is_choosing_reads_how_many_pupils_have_an_adult(client, author, year):
    parent(pupil(year))
    parent(pupil(year), registered=False)
    client.force_login(author)
    page = said(client.post("/messaging/reach/", {"groups": [f"{year.pk}:contacts"]}))
    assert "1 of 2 pupils has an adult who gets it." in page and "1 has none" in page
    assert "pupils" not in said(client.post("/messaging/reach/", {"roles": ["staff"]}))


def test_with_whom_a_report_is_shared_reads_its_pupils_too(client, author, year):
    parent(pupil(year), registered=False)
    message = make_message(author, rule=contacts_of(year))
    prepare(message.pk)
    colleague = make_sign_in(make_person("staff"), options=["messaging.write"])
    client.force_login(colleague)
    assert client.get(f"/messaging/{message.pk}/pupils/").status_code == 404
    message.shares.create(user=colleague)
    assert client.get(f"/messaging/{message.pk}/pupils/").status_code == 200


def test_who_may_write_to_their_own_groups_alone_reads_a_number_of_the_others(author, year):
    own_year = make_group(name="Year 9")
    parent(pupil(own_year), registered=False)
    parent(pupil(year), registered=False)
    message = make_message(author, rule={"include": [{"role": "contacts"}]}, status=Message.Status.DRAFT)
    own = own_year.memberships.model.objects.filter(group=own_year)
    own = type(make_person("staff")).objects.filter(pk__in=own.values("person"))
    reach = reach_by_pupil(message, own=own)
    assert (reach.pupils, reach.missed, reach.outside) == (1, 1, 1)
    prepare(make_it_go(message))
    message.refresh_from_db()
    reach = reach_by_pupil(message, own=own)
    assert (reach.missed, reach.outside) == (1, 1)


def make_it_go(message):
    Message.objects.filter(pk=message.pk).update(status=Message.Status.PREPARING)
    return message.pk


def test_it_is_one_query_however_many_pupils_there_are(author, year):
    for _ in range(5):
        parent(pupil(year))
    message = make_message(author, rule={"include": [{"role": "contacts"}]}, status=Message.Status.DRAFT)
    people = people_of(message.rule, EnterpriseAccount.objects.the())
    with CaptureQueriesContext(
        connection,
    ) as asked_for:
        reach = reach_by_pupil(message, people)
    assert reach.reached == 5 and len(asked_for) == 1


def test_who_stopped_or_has_not_scanned_gets_nothing(author, year):
    child = pupil(year)
    make_registration(parent(child, registered=False), Registration.Status.WITHDRAWN)
    make_registration(parent(child, registered=False), Registration.Status.IN_WECOM)
    assert asked(author, contacts_of(year)) == (0, {"not_reached": 1})


def test_the_page_of_pupils_and_their_table_cost_the_same_for_few_and_many(client, year):
    user = make_administrator()
    client.force_login(user)
    message = draft_for(user, contacts_of(year))
    client.get(f"/messaging/{message.pk}/pupils/")  # the look is written down once
    asked = []
    for number in (2, 20):
        for _ in range(number):
            parent(pupil(year), registered=False)
        for name in ("pupils/", "pupils.csv"):
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/messaging/{message.pk}/{name}").getvalue()
            asked.append(len(queries))
    assert asked[:2] == asked[2:]
