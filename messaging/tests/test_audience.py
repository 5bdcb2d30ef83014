"""Who is meant, who of them is reached, and how it is chosen."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from messaging.audience.forms import AudienceForm, Whom, initial_of_rule
from messaging.audience.people import people_of, reach_of
from messaging.demo import make_message
from messaging.models import Batch, Message, SavedAudience
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.people.demo import leave, make_group, make_person, relate
from portal.people.models import Group, Relationship
from portal.school.models import SchoolSetting
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

from .desk import NEW, address, draft, form, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


def names(*clauses, account=None):
    rule = {"include": list(clauses)}
    return set(people_of(rule, EnterpriseAccount.objects.the()).values_list("given_name", "problem"))


def test_roles(school):
    assert names({"role": "staff"}) == {("Teacher", None), ("Cook", None)}
    assert names({"role": "pupils"}) == {("Ming", None), ("Anna", None), ("Zoe", None)}
    barred = ("Barred", "may_not_receive")
    assert names({"role": "contacts"}) == {("Mother", None), ("Father", None), ("Teacher", None), barred}


def test_a_year_holds_its_forms_and_their_contacts_flag_by_flag(school):
    year7, year9 = school["year7"].pk, school["year9"].pk
    assert names({"group": year7, "who": "pupils"}) == {("Ming", None)}
    assert names({"group": year7, "who": "contacts"}) == {
        ("Mother", None),
        ("Father", "may_not_receive"),
        ("Barred", "may_not_receive"),
    }
    assert names({"group": year9, "who": "contacts"}) == {("Mother", None), ("Father", None), ("Teacher", None)}


def test_whoever_is_meant_twice_is_there_once_and_one_way_in_is_enough(school):
    both = names({"group": school["year7"].pk, "who": "contacts"}, {"group": school["year9"].pk, "who": "contacts"})
    assert both == {("Mother", None), ("Father", None), ("Teacher", None), ("Barred", "may_not_receive")}
    rule = {"include": [{"role": "contacts"}, {"role": "staff"}, {"person": school["Teacher"].pk}]}
    found = list(people_of(rule, EnterpriseAccount.objects.the()).values_list("pk", flat=True))
    assert len(found) == len(set(found))


def test_contacts_of_a_pupil_who_has_left_are_not_meant(school):
    leave(school["ming"])
    assert names({"group": school["year7"].pk, "who": "contacts"}) == set()


def test_single_people_everyone_registered_and_nobody(school):
    assert names({"person": school["Cook"].pk}) == {("Cook", None)}
    assert names({"person": school["Barred"].pk}) == {("Barred", "may_not_receive")}
    make_person("contact", given_name="Unregistered")
    assert "Unregistered" not in {name for name, _ in names({"role": "registered"})}
    assert names() == set()


def test_whoever_is_barred_receives_nothing_by_whichever_way_they_are_meant(school, author):
    barred = school["Barred"].pk
    Relationship.objects.filter(contact=barred).update(may_receive_messages=True)
    earlier = make_message(author)
    prepare(earlier.pk)
    Batch.objects.update(state=Batch.State.UNKNOWN)
    Relationship.objects.filter(contact=barred).update(may_receive_messages=False)
    ways = [
        {"person": barred},
        {"listed": [barred], "name": "list.csv"},
        {"role": "registered"},
        {"role": "contacts"},
        {"role": "guardians"},
        {"group": school["year7"].pk, "who": "contacts"},
        {"rule": {"include": [{"person": barred}]}, "name": "saved"},
        {"unknown_of": earlier.pk},
        {"of_message": earlier.pk, "states": ["unknown"]},
    ]
    for way in ways:
        assert {problem for name, problem in names(way) if name == "Barred"} == {"may_not_receive"}, way


def test_who_is_left_out_of_a_saved_audience_may_receive_nothing_by_it(school):
    """Meant by the year, as whose contact he may not; the saved audience, as whose he may, leaves him out."""
    year7, year9 = ({"group": school[year].pk, "who": "contacts"} for year in ("year7", "year9"))
    saved = {"include": [year9], "exclude": [{"person": school["Father"].pk}]}
    assert ("Father", None) in names(year7, {"rule": saved | {"exclude": []}, "name": "saved"})
    assert ("Father", "may_not_receive") in names(year7, {"rule": saved, "name": "saved"})
    assert "Father" not in {name for name, _problem in names({"rule": saved, "name": "saved"})}


def test_the_form_of_a_stored_rule_is_as_it_was_filled_in(school, author):
    year, people = school["year7"], [school[name].pk for name in ("Mother", "Cook", "Father")]
    saved = SavedAudience.objects.create(owner=author, name="Few", rule={"include": [{"person": people[0]}]})
    filled_in = {
        "roles": ["staff"],
        "groups": [f"{year.pk}:pupils"],
        "people": people[:2],
        "audiences": [saved.pk],
        "not_groups": [f"{year.pk}:contacts"],
        "not_people": people[2:],
    }
    form = Whom(filled_in, user=author, own=None)
    assert not form.errors and initial_of_rule(form.rule) == filled_in


def test_parents_of_former_pupils_are_not_meant(school):
    leave(school["ming"])
    meant = {name for name, _problem in names({"role": "guardians"})}
    assert meant == {"Mother", "Father", "Teacher"}, "who have others here"


def test_a_saved_audience_holds_no_other_and_not_itself(client, sender, school):
    """The form refuses it; one that came to hold itself all the same is worked out to its end."""
    mine = SavedAudience.objects.create(owner=sender, name="Mine", rule={"include": [{"role": "staff"}]})
    audience = AudienceForm({"audience-name": "Other"}, owner=sender, rule={"include": [{"audience": mine.pk}]})
    assert "cannot hold another one" in str(audience.errors["name"])
    SavedAudience.objects.update(rule={"include": [{"audience": mine.pk}, {"person": school["Cook"].pk}]})
    assert names({"audience": mine.pk}) == {("Cook", None)}


def test_registrations_of_another_company_do_not_count(school):
    make_account(corporation_id="ww99999999")
    assert names({"person": school["Cook"].pk}) == {("Cook", "not_registered")}


def given_names(message):
    return set(people_of(message.audience, EnterpriseAccount.objects.the()).values_list("given_name", flat=True))


def test_parents_and_guardians_only_leaves_out_other_contacts(client, sender):
    child = make_person("pupil")
    for name, kind in [("Mother", "mother"), ("Guardian", "guardian"), ("Aunt", "other")]:
        relate(make_person("contact", given_name=name), child, kind=kind)
    assert given_names(draft(client, roles=["guardians"])) == {"Mother", "Guardian"}


def test_some_are_left_out_by_group_and_by_name(client, sender):
    year7, year8 = make_group(name="Year 7"), make_group(name="Year 8")
    make_group("form", "7A", parent=year7, members=[make_person("pupil", given_name="Ann")])
    make_group("form", "8A", parent=year8, members=[make_person("pupil", given_name="Bob")])
    zoe = make_person("pupil", given_name="Zoe")
    message = draft(client, roles=["pupils"], not_groups=[f"{year8.pk}:pupils"], not_people=[zoe.pk])
    assert given_names(message) == {"Ann"}
    page = said(client.get(address("check", message)))
    assert "but not:" in page and "Year 8: pupils" in page


@pytest.mark.parametrize("way", ["typed", "file", "file with a heading"])
def test_a_list_of_references_is_taken_with_every_row_known(client, sender, way):
    ann, bob = make_person("contact", given_name="Ann"), make_person("contact", given_name="Bob")
    rows = f"{ann.reference.lower()}\n\n{bob.reference}\n{ann.reference}\n"
    if way == "typed":
        fields = {"references": rows}
    else:
        head = "reference,name\n" if "heading" in way else ""
        fields = {"references_file": SimpleUploadedFile("list.csv", (head + rows).encode("utf-8-sig"))}
    message = draft(client, roles=[], **fields)
    assert given_names(message) == {"Ann", "Bob"}
    client.post(address("edit", message), form(roles=[], do="save", version=message.version))
    message.refresh_from_db()
    assert given_names(message) == {"Ann", "Bob"}, "saved once more it is still there"
    client.post(address("edit", message), form(roles=["staff"], do="unlist", version=message.version))
    message.refresh_from_db()
    assert given_names(message) == {"Sender"}


def test_unknown_references_are_named_with_their_rows_and_nothing_is_lost(client, sender):
    known = make_person("contact").reference
    response = draft(client, roles=[], references=f"{known}\nNOBODY\nX9")
    assert "2 rows have a reference nobody has (row: reference): 2: NOBODY; 3: X9" in said(response)
    assert "NOBODY\nX9" in response.content.decode()


def test_a_typed_list_is_separated_and_spelled_as_people_do_it(client, sender):
    for number in range(4):
        make_person("contact", reference=f"C180{number}", given_name=f"No{number}")
    message = draft(client, roles=[], references="C1800, c1801、Ｃ1802\u200b C1803")
    assert given_names(message) == {"No0", "No1", "No2", "No3"}


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff编号,姓名\r\nC1,甲\r\nC2,乙\r\n".encode(),  # a table of the portal, downloaded with the page in Chinese
        "reference,姓名\r\nC1,甲\r\nC2,乙\r\n".encode("gb18030"),
        "\ufeffC1\tname\r\nC2\tname".encode("utf-16"),
        b"C1\rC2\r",
        b"C1; C2",
        "C1、C2".encode(),
        "reference\nC1、C2\n".encode(),
        b'="C1"\n\'C2\n',
    ],
)
def test_a_list_is_read_as_spreadsheets_and_the_portal_save_it(client, sender, data):
    make_person("contact", reference="C1", given_name="Ann"), make_person("contact", reference="C2", given_name="Bob")
    message = draft(client, roles=[], references_file=SimpleUploadedFile("list.csv", data))
    assert given_names(message) == {"Ann", "Bob"}


def test_a_look_alike_of_a_reference_chooses_nobody_and_is_asked_about(client, sender):
    make_person("contact", reference="000101")
    response = draft(client, roles=[], references="101")
    assert "1: 101 Is “000101” meant?" in said(response)


def test_of_two_references_that_differ_in_case_the_exact_one_is_chosen(client, sender):
    make_person("contact", reference="TORTCASE", given_name="Upper")
    make_person("contact", reference="tortcase", given_name="Lower", resembles_another=True)
    assert given_names(draft(client, roles=[], references="tortcase")) == {"Lower"}


def test_classes_of_one_name_can_be_told_apart(client, sender):
    for year in ("七年级", "八年级"):
        make_group("form", "1班", parent=make_group("year", year), members=[make_person("pupil", given_name=year)])
    page = said(client.get(NEW))
    assert "七年级 · 1班" in page and "八年级 · 1班" in page
    eight = Group.objects.get(label="八年级 · 1班")
    message = draft(client, roles=[], groups=[f"{eight.pk}:pupils"])
    assert given_names(message) == {"八年级"}
    assert "八年级 · 1班: pupils" in said(client.get(address("check", message)))


def test_a_sender_limited_to_own_groups_is_offered_no_other(client):
    own, other = make_group("year", "Year 7"), make_group("year", "Year 8")
    form_7a = make_group("form", "7A", parent=own)
    teacher = make_person("staff")
    own.memberships.create(person=teacher)
    client.force_login(make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"]))
    page = client.get(NEW)
    assert [group for group, _switches in page.context["form"].group_table] == [own, form_7a]
    assert [group for group, _switches in page.context["form"].not_group_table] == [own, form_7a]
    assert "Year 8" not in said(page) and "All parents and contacts" not in said(page)
    assert "By role" not in said(page) and '<details class="groups" open>' in said(page)
    assert "Select a valid choice" in said(client.post(NEW, form(roles=["contacts"])))
    assert "Select a valid choice" in said(client.post(NEW, form(roles=[], groups=[f"{other.pk}:contacts"])))


def test_what_a_draft_holds_already_stays_on_offer_to_a_limited_sender(client, sender):
    year = make_group("year", "Year 8")
    message = draft(client, roles=["staff"], groups=[f"{year.pk}:contacts"])
    options = ["messaging.write", "messaging.own_groups", "messaging.report"]
    client.force_login(make_sign_in(make_person("staff"), options=options))
    page = client.get(address("edit", message))
    assert [group for group, _switches in page.context["form"].group_table] == [year] and "All staff" in said(page)
    fields = {"message": message.pk, "groups": [f"{year.pk}:contacts"]}
    assert client.post(reverse("messaging:reach"), fields).status_code == 200
    client.post(address("edit", message), form(do="save", roles=[], version=message.version))
    message.refresh_from_db()
    assert message.audience == {"include": []}, "they can take it out"


def test_a_saved_audience_is_worked_out_anew(client, sender):
    child = make_person("pupil")
    relate(make_person("contact", given_name="Ann"), child)
    client.post(NEW, form(do="audience", **{"audience-name": "All parents"}))
    saved = SavedAudience.objects.get()
    assert saved.name == "All parents" and "All parents" in said(client.get(reverse("messaging:audiences")))
    relate(make_person("contact", given_name="New"), child)
    message = draft(client, roles=[], audiences=[saved.pk])
    assert given_names(message) == {"Ann", "New"}
    client.post(reverse("messaging:delete-audience", args=[saved.pk]))
    assert given_names(message) == set()


def test_an_audience_of_somebody_else_cannot_be_used(client, sender):
    other = make_sign_in(make_person("staff"))
    saved = SavedAudience.objects.create(owner=other, name="Theirs", rule={"include": [{"role": "staff"}]})
    assert "Select a valid choice" in said(draft(client, audiences=[saved.pk]))
    assert client.post(reverse("messaging:delete-audience", args=[saved.pk])).status_code == 404


def test_while_the_school_tries_out_only_testers_receive(client, sender):
    tester = registered(given_name="Tester")
    registered(2)
    SchoolSetting.objects.create(name="trial", value=True)
    SchoolSetting.objects.create(name="testers", value=f"{tester.reference}\nX1")
    counts = reach_of({"include": [{"role": "contacts"}]}, EnterpriseAccount.objects.the())
    assert counts == {None: 1, "no_tester": 2}


@pytest.mark.parametrize("typed", ["C1800, c1801、C1802", "c1800；Ｃ1801\nC1802", "C1800 C1801\tC1802\u200b"])
def test_testers_are_named_in_any_spelling(client, sender, typed):
    for number in range(4):
        registered(reference=f"C180{number}")
    SchoolSetting.objects.create(name="trial", value=True)
    SchoolSetting.objects.create(name="testers", value=typed)
    assert reach_of({"include": [{"role": "contacts"}]}, EnterpriseAccount.objects.the())[None] == 3


def test_the_numbers_are_live_while_choosing(client, sender):
    registered(2)
    make_person("contact")
    html = said(client.post(reverse("messaging:reach"), {"roles": ["contacts"]}))
    assert "<strong>2</strong> of 3 chosen would get it." in html and "never registered" in html
    assert "Nobody is chosen yet." in said(client.post(reverse("messaging:reach"), {}))
    assert client.post(reverse("messaging:reach"), {"groups": ["forged"]}).status_code == 204
