"""Two rows that are one person: what stays where it was written, what joins, who is refused, and back again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from messaging.audience.people import people_of
from messaging.audience.references import ids_of
from messaging.demo import make_message
from messaging.models import Batch, Delivery, Message, SavedAudience
from messaging.those import of_report
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people import importing
from portal.people.demo import make_group, make_person, relate
from portal.people.importing import undoing
from portal.people.importing.actions import import_people
from portal.people.leaving.actions import set_last_days
from portal.people.leaving.actions import take_back as take_departure_back
from portal.people.merging.actions import merge, take_back
from portal.people.merging.parts import MergeRefused
from portal.people.models import Import, Merge, Person, Proposal, Relationship, User
from portal.people.proposals import actions as proposals
from portal.people.roles import Role
from registration.demo import make_code, make_registration
from registration.models import GuardianConsent, PersonalCode, Registration
from registration.steps.actions import withdraw
from registration.years import rules as years
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db
OPTIONS = ["people.view", "people.change", "registration.view", "audit.view"]


@pytest.fixture(autouse=True)
def account():
    make_account()


@pytest.fixture
def kept():
    return make_person("contact", reference="C1", given_name="Mei", family_name="Wang", email="", mobile="")


@pytest.fixture
def gone():
    return make_person("contact", reference="C2", given_name="May", family_name="Wong", email="mei@family.example")


@pytest.fixture
def secretary(client):
    user = make_sign_in(make_person("staff"), options=OPTIONS)
    client.force_login(user)
    return user


def one(kept, gone, by=None, **stays):
    return merge(kept=kept, gone=gone, stays=stays, by=by)


def again(person):
    return Person.everybody.get(pk=person.pk)


def facts(person):
    """Everything that the directory says of somebody."""
    row = Person.everybody.values().get(pk=person.pk)
    groups = sorted(person.memberships.values_list("group", flat=True))
    links = Relationship.objects.filter(contact=person) | Relationship.objects.filter(pupil=person)
    return row, groups, sorted(links.values_list("contact", "pupil", "kind", "may_receive_messages", "may_see_data"))


def reached(rule):
    return [person.reference for person in people_of(rule, EnterpriseAccount.objects.the())]


# --- what joins ---


def test_the_row_that_goes_is_in_no_list_and_its_reference_leads_to_the_kept_one(client, secretary, kept, gone):
    one(kept, gone, secretary)
    assert gone not in Person.objects.all() and again(gone).merged_into == kept
    assert ids_of(["c2"]) == [kept.pk]
    assert client.get(reverse("person", args=[gone.pk])).url == reverse("person", args=[kept.pk])
    assert client.get(reverse("change-person", args=[gone.pk])).status_code == 404
    for text in ("C2", "wong", "mei@family.example"):
        page = client.post(reverse("people"), {"q": text})
        assert [person.pk for person in page.context["page"].rows] == [kept.pk], text
    page = client.post(reverse("add-person"), {"reference": "Ｃ2", "given_name": "A", "roles": ["contact"], "seen": 0})
    assert "has this reference already" in page.content.decode()


def test_facts_that_lack_roles_groups_and_relationships_join_and_the_stricter_flag_counts(kept, gone):
    first, second = make_person("pupil"), make_person("pupil")
    choir = make_group("activity", "Choir", members=[kept, gone])
    band = make_group("activity", "Band", members=[gone])
    relate(kept, first), relate(gone, second)
    relate(gone, first, may_receive_messages=False)
    last_day = timezone.localdate() + timedelta(days=9)
    Person.objects.filter(pk=kept.pk).update(contact_last_day=last_day)
    Person.objects.filter(pk=gone.pk).update(is_staff_member=True)
    one(kept, gone)
    kept = again(kept)
    assert kept.name == "Mei Wang" and (kept.email, kept.mobile) == (gone.email, gone.mobile)
    assert kept.is_staff_member and kept.contact_last_day is None, "a role goes on as long as either says"
    assert {membership.group for membership in kept.memberships.all()} == {choir, band}
    flags = dict(kept.relationships_as_contact.values_list("pupil", "may_receive_messages"))
    assert flags == {first.pk: False, second.pk: True}
    assert not gone.memberships.exists() and not gone.relationships_as_contact.exists()


def test_taken_back_they_are_two_as_they_were(client, secretary, kept, gone):
    first, second = make_person("pupil"), make_person("pupil")
    make_group("activity", "Choir", members=[kept, gone])
    make_group("activity", "Band", members=[gone])
    relate(kept, first), relate(gone, second), relate(gone, first, may_see_data=False)
    make_sign_in(kept), make_sign_in(gone)
    before = facts(kept), facts(gone)
    found = one(kept, gone, secretary, **{"sign-in": gone.pk})
    assert (facts(kept), facts(gone)) != before
    client.post(reverse("take-merge-back", args=[kept.pk, found.pk]))
    assert (facts(kept), facts(gone)) == before
    assert User.objects.filter(is_active=False).count() == 0
    with pytest.raises(MergeRefused):
        take_back(found, by=secretary)


def test_what_was_said_since_stays_when_it_is_taken_back(secretary, kept, gone):
    found = one(kept, gone, secretary)
    Person.objects.filter(pk=kept.pk).update(email="new@family.example")
    take_back(found, by=secretary)
    assert again(kept).email == "new@family.example" and again(kept).mobile == ""


def test_who_was_merged_before_leads_to_the_last_and_only_the_last_is_taken_back_first(kept, gone):
    third = make_person("contact", reference="C3")
    first = one(gone, third)
    second = one(kept, gone)
    assert again(third).merged_into == kept and ids_of(["C3"]) == [kept.pk]
    with pytest.raises(MergeRefused):
        take_back(first, by=None)
    take_back(second, by=None)
    assert again(third).merged_into == gone
    take_back(first, by=None)
    assert Person.objects.filter(pk__in=[kept.pk, gone.pk, third.pk]).count() == 3


def test_nobody_is_merged_with_their_own_contact_nor_twice_nor_with_themselves(kept, gone):
    pupil = make_person("pupil")
    relate(kept, pupil)
    for pair in ((kept, pupil), (pupil, kept), (kept, kept)):
        with pytest.raises(MergeRefused):
            one(*pair)
    one(kept, gone)
    with pytest.raises(MergeRefused):
        one(gone, kept)
    assert Merge.objects.count() == 1


def test_a_correction_that_waits_goes_on_waiting_once_of_each_kind(kept, gone):
    for person, mobile in ((kept, "+8613800138001"), (gone, "+8613800138002")):
        proposals.propose(person=person, wanted={Proposal.What.MOBILE: {"mobile": mobile}}, by=None)
    proposals.propose(person=gone, wanted={Proposal.What.EMAIL: {"email": "new@family.example"}}, by=None)
    found = one(kept, gone)
    open_ones = Proposal.objects.open().values_list("person__reference", "what")
    assert sorted(open_ones) == [("C1", "email"), ("C1", "mobile")]
    with pytest.raises(proposals.DecidedAlready):
        proposals.accept(proposal=Proposal.objects.get(values__mobile="+8613800138002"), by=None)
    take_back(found, by=None)
    assert sorted(Proposal.objects.open().values_list("person__reference", "what")) == [
        ("C1", "mobile"),
        ("C2", "email"),
    ]


def test_a_departure_of_before_is_taken_back_of_whom_is_there(secretary, kept, gone):
    pupil, day = make_person("pupil"), timezone.localdate()
    departure = set_last_days({(pupil.pk, Role.PUPIL): day, (gone.pk, Role.CONTACT): day}, by=secretary)
    one(kept, gone, secretary)
    assert take_departure_back(departure, by=secretary) == [] and again(pupil).pupil_last_day is None


# --- the import ---

HEAD = ",".join(importing.COLUMNS)


def bring(*lines):
    return import_people(importing.read("\n".join([HEAD, *lines]).encode()))


def test_a_file_that_names_the_old_reference_means_the_kept_person(kept, gone):
    one(kept, gone)
    bring("c2,contact,Mei,Wang,王梅,,,,,P1=mother", "P1,pupil,Na,Wang,,,,,,")
    assert again(kept).chinese_name == "王梅" and again(gone).chinese_name == ""
    assert Person.objects.filter(reference__in=["C1", "C2", "c2"]).count() == 1
    assert kept.relationships_as_contact.get().pupil.reference == "P1"


def test_an_import_is_taken_back_but_for_those_who_were_merged_since(kept):
    bring("C1,contact,Mei,Wang,,,,,,", "C7,contact,Mei,Wang,,,,,,", "C8,contact,New,Ann,,,,,,")
    one(kept, Person.objects.get(reference="C7"))
    imported = Import.objects.get()
    undoing.take_back(imported, by=None)
    assert set(Person.everybody.values_list("reference", flat=True)) == {"C1", "C7"}


def test_of_both_references_in_one_file_the_very_own_row_counts(kept, gone):
    one(kept, gone)
    with pytest.raises(importing.ImportRefused, match=r"Row 2, column reference: .* row 3 already"):
        bring("C2,contact,Old,Name,,,,,,", "C1,contact,New,Name,,,,,,")
    with pytest.raises(importing.ImportRefused, match=r"Row 3, column reference: .* row 2 already"):
        bring("C1,contact,New,Name,,,,,,", "C2,contact,Old,Name,,,,,,")


def test_two_references_that_were_merged_into_one_person_are_one_row_too_many(kept, gone):
    other = make_person("contact", reference="C3")
    one(kept, gone), one(kept, other)
    with pytest.raises(importing.ImportRefused, match=r"Row 3, column reference: .* row 2 already"):
        bring("C2,contact,One,Name,,,,,,", "C3,contact,Other,Name,,,,,,")
    with pytest.raises(importing.ImportRefused) as refused:
        bring("C3,contact,A,Name,,,,,,", "C2,contact,B,Name,,,,,,", "C1,contact,Own,Name,,,,,,")
    assert [(problem.row, problem.column) for problem in refused.value.problems] == [(2, "reference"), (3, "reference")]
    assert str(refused.value).count("stands in row 4 already") == 2


def test_two_references_of_pupils_that_were_merged_make_one_relationship(secretary):
    ming, old, older = (make_person("pupil", reference=f"P{n}", family_name="Li") for n in (7, 8, 9))
    one(ming, old, secretary), one(ming, older, secretary)
    with pytest.raises(importing.ImportRefused, match="Row 2, column pupils: The pupil “P9” stands there twice"):
        bring("C5,contact,Wei,Li,,,,,,P8=mother; P9=father no-data")
    bring("C5,contact,Wei,Li,,,,,,P8=mother; P9=mother")
    link = Relationship.objects.get(contact__reference="C5")
    assert link.pupil == ming
    bring("C6,contact,Mei,Li,,,,,,P9=other; P7=mother")
    assert Relationship.objects.get(contact__reference="C6").kind == "mother", "what stands at their very own counts"


# --- registration, messages and sign-in ---


def test_one_chooses_which_registration_stays_and_what_ended_is_shown_with_the_kept(client, secretary, kept, gone):
    old = make_registration(gone, mobile="+8613800138111")
    withdraw(registration=old, by=None)
    own = make_registration(kept, mobile="+8613800138222")
    theirs = make_registration(gone, mobile="+8613800138333", userid="sp-other")
    one(kept, gone, secretary, registration=gone.pk)
    own.refresh_from_db(), theirs.refresh_from_db(), old.refresh_from_db()
    assert own.status == Registration.Status.WITHDRAWN and theirs.is_registered and theirs.person == kept
    assert old.person == gone, "what ended stays where it was written"
    page = client.get(reverse("person", args=[kept.pk])).content.decode()
    for number in ("138 0013 8111", "138 0013 8222", "138 0013 8333"):
        assert number in page
    assert "registered" in page and reached({"include": [{"role": "registered"}]}) == ["C1"]


def test_an_open_registration_of_either_alone_stays_with_the_kept(kept, gone):
    registration = make_registration(gone)
    found = one(kept, gone)
    registration.refresh_from_db()
    assert registration.is_registered and registration.person == kept
    take_back(found, by=None)
    registration.refresh_from_db()
    assert registration.is_registered and registration.person == gone


def test_nothing_is_merged_while_a_message_to_either_is_on_its_way(secretary, kept, gone):
    message = make_message(secretary, status=Message.Status.SENDING)
    batch = Batch.objects.create(message=message, number=1, size=1)
    delivery = Delivery.objects.create(message=message, person=gone, userid="sp-C2", batch=batch)
    for pair in ((kept, gone), (gone, kept)):
        with pytest.raises(MergeRefused, match="on its way"):
            one(*pair)
    Batch.objects.update(state=Batch.State.ACCEPTED)
    one(kept, gone)
    delivery.refresh_from_db()
    assert delivery.person == gone, "the ledger is written once"
    assert list(Message.objects.filter(deliveries__person=gone)) == [message]


def test_a_report_leads_from_the_row_that_went_to_the_kept_person(client, kept, gone):
    make_group("form", "7A", members=[kept])
    author = make_sign_in(make_person("staff"), options=["messaging.write", "registration.invite"])
    message = make_message(author, status=Message.Status.FINISHED, frozen_digest="x", recipients=1)
    Delivery.objects.create(message=message, person=gone, problem="not_registered")
    one(kept, gone)
    client.force_login(author)
    address = reverse("messaging:message", args=[message.pk])
    for page in (client.get(address), client.post(address, {"q": "Mei"}), client.post(address, {"q": "May"})):
        assert [row.whose for row in page.context["page"].rows] == [kept] and not page.context["not_among"]
        assert "Mei Wang" in page.content.decode() and "7A" in page.content.decode()
    for asked in ({"role": "contacts"}, {"form": str(kept.memberships.get().group_id)}):
        assert len(client.get(address, asked).context["page"].rows) == 1
    table = b"".join(client.get(reverse("messaging:export", args=[message.pk])).streaming_content).decode()
    assert "C1" in table and "Mei Wang" in table and "C2" not in table
    csv = reverse("messaging:to-person-csv", args=[gone.pk])
    assert client.get(csv).url == reverse("messaging:to-person-csv", args=[kept.pk])
    theirs = of_report(f"{message.pk}-not_registered", author)
    assert list(theirs.people) == [kept]
    again_to = {"include": [{"of_message": message.pk, "states": ["not_registered"]}]}
    assert reached(again_to) == ["C1"]


def test_whoever_writes_to_their_own_groups_reads_of_the_row_that_went_too(client, kept, gone):
    teacher = make_person("staff")
    make_group("activity", "Choir", members=[kept, teacher])
    author = make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"])
    message = make_message(author, status=Message.Status.FINISHED, frozen_digest="x", recipients=1)
    Delivery.objects.create(message=message, person=gone, problem="not_registered")
    one(kept, gone)
    client.force_login(author)
    page = client.get(reverse("messaging:message", args=[message.pk]))
    assert [row.whose for row in page.context["page"].rows] == [kept] and page.context["outside"] == 0


def test_rules_that_name_the_row_that_went_mean_the_kept_person_until_it_is_taken_back(secretary, kept, gone):
    other = make_person("contact")
    rule = {"include": [{"person": gone.pk}, {"listed": [other.pk, gone.pk], "name": "a"}], "exclude": []}
    saved = SavedAudience.objects.create(owner=secretary, name="A", rule=rule)
    draft = make_message(secretary, status=Message.Status.DRAFT, rule={"include": [{"person": gone.pk}]})
    found = one(kept, gone, secretary)
    saved.refresh_from_db(), draft.refresh_from_db()
    assert sorted(reached(saved.rule)) == sorted(["C1", other.reference]) and reached(draft.audience) == ["C1"]
    take_back(found, by=secretary)
    saved.refresh_from_db()
    assert saved.rule == rule


def test_one_sign_in_stays_the_other_is_locked_and_either_reference_signs_in(client, kept, gone):
    make_sign_in(kept, password="the-first-password"), make_sign_in(gone, password="the-other-password")
    one(kept, gone, **{"sign-in": gone.pk})
    kept = again(kept)
    assert kept.user.username == "c2" and again(gone).user is None
    assert not User.objects.get(username="c1").is_active
    assert User.objects.get_by_natural_key("C1") and User.objects.get_by_natural_key("c2") == kept.user
    assert client.post("/sign-in/", {"username": "c2", "password": "the-other-password"}).status_code == 302
    client.logout()
    assert client.post("/sign-in/", {"username": "c1", "password": "the-first-password"}).status_code == 200


def test_merging_neither_gives_nor_takes_menu_options(secretary, kept, gone):
    administrator = make_administrator()
    gone.user = administrator
    gone.save()
    with pytest.raises(MergeRefused, match="System Administrator"):
        one(kept, gone, secretary)
    make_sign_in(kept)
    with pytest.raises(MergeRefused, match="profiles away first"):
        one(kept, gone, None, **{"sign-in": kept.pk})
    assert User.objects.get(pk=administrator.pk).is_active and again(gone).user == administrator


def test_a_code_in_the_hand_of_the_row_that_went_opens_nothing(kept, gone):
    make_code(gone)
    assert PersonalCode.objects.good().exists()
    one(kept, gone)
    assert not PersonalCode.objects.good().exists()


def test_a_guardians_consent_counts_on_and_can_be_withdrawn(kept):
    pupil, twin = make_person("pupil", birth_year=2020), make_person("pupil", birth_year=2020)
    relate(kept, twin)
    GuardianConsent.objects.create(pupil=twin, guardian=kept)
    one(pupil, twin)
    consent = GuardianConsent.objects.get()
    assert consent.pupil == twin and years.refusal(again(pupil)) is None
    assert [p.consented for p in years.pupils_of(again(kept))] == [True]


# --- the page ---


def test_the_page_finds_namesakes_shows_both_asks_and_is_taken_back(client, secretary, kept):
    twin = make_person("contact", reference="C9", given_name="Mei", family_name="Wang")
    make_registration(kept, mobile="+8613800138222"), make_registration(twin, userid="sp-other")
    address = reverse("merge", args=[kept.pk])
    assert "C9" in client.get(address).content.decode()
    assert [p.pk for p in client.post(address, {"q": "c9"}).context["found"]] == [twin.pk]
    page = client.post(address, {"other": twin.pk}).content.decode()
    assert "Which registration stays" in page and "138 0013 8222" in page and not Merge.objects.exists()
    page = client.post(address, {"other": twin.pk, "kept": twin.pk, "confirmed": "yes"})
    assert page.status_code == 200 and not Merge.objects.exists(), "which registration stays was not said"
    stays = {"other": twin.pk, "kept": kept.pk, "registration": twin.pk, "confirmed": "yes"}
    assert client.post(address, stays).url == reverse("person", args=[kept.pk])
    page = client.get(reverse("person", args=[kept.pk])).content.decode()
    assert "Take the merge back" in page and "merged two people" in page
    assert client.post(address, stays).status_code == 200, "the second press finds nobody to merge"
    assert AuditEvent.objects.filter(act="merged two people", subject=f"person {kept.pk}").count() == 1
