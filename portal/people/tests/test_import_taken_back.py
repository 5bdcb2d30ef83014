"""An import is taken back: all its rows, but those with something new since, which are named."""

import pytest
from django.urls import reverse

from portal.people import importing
from portal.people.actions import set_language
from portal.people.demo import make_person, relate
from portal.people.importing import actions, checking, undoing
from portal.people.models import Group, Import, Membership, Person, Relationship, User
from portal.people.tasks import imports as work

pytestmark = pytest.mark.django_db
HEAD = ",".join(importing.COLUMNS)


def bring(*lines):
    actions.import_people(importing.read("\n".join([HEAD, *lines]).encode()))
    return Import.objects.latest("pk")


def back(imported):
    actions.take_back(imported, by=None)
    work()
    imported.refresh_from_db()
    assert imported.state == Import.State.BACK
    return dict(imported.rows.exclude(kept="").values_list("reference", "kept"))


def directory():
    people = Person.objects.order_by("reference").values(
        "reference", "given_name", "mobile", "is_contact", "contact_last_day"
    )
    groups = Membership.objects.values_list("person__reference", "group__name")
    links = Relationship.objects.order_by("contact__reference", "pupil__reference")
    return [
        list(people),
        sorted(groups),
        list(links.values("contact__reference", "pupil__reference", "kind", "may_see_data")),
    ]


FIRST = [
    "P1,pupil,Ming,Li,,,,,year=Year 7; form=7A,",
    "P2,pupil,Na,Li,,,,,year=Year 7; form=7A,",
    "C1,contact,Wei,Li,,,13800003001,,,P1=father; P2=father",
]


def test_new_people_are_gone_and_the_same_file_brings_them_again():
    imported = bring(*FIRST)
    assert back(imported) == {} and not Person.objects.exists()
    assert bring(*FIRST).counts == {"new": 3}


def test_changes_of_facts_groups_and_relationships_are_undone():
    bring(*FIRST)
    before = directory()
    imported = bring(
        "P1,pupil,Minghua,Li,,,,,year=Year 8; form=8A,",
        "C1,contact; staff,Wei,Li,,,13900003001,,department=Maths,P1=guardian no-data",
        "C2,contact,Fang,Wang,,,,,,P1=mother",
    )
    assert directory() != before
    assert back(imported) == {} and Person.objects.filter(reference="C2").count() == 0
    assert directory() == before


def test_who_has_something_new_since_is_kept_and_named():
    make_person("pupil", reference="P0")
    imported = bring(*FIRST, "C2,contact,Fang,Wang,,,,,,P0=mother", "C3,contact,A,,,,,,,P0=other")
    mother = Person.objects.get(reference="C2")
    mother.user = User.objects.create(username="c2")
    mother.save()
    Person.objects.filter(reference="P2").update(given_name="Nana")
    kept = back(imported)
    assert set(kept) == {"C2", "P2"} and "sign-in" in kept["C2"] and "changed since" in kept["P2"]
    assert set(Person.objects.values_list("reference", flat=True)) == {"P0", "C2", "P2"}


def test_it_costs_no_more_queries_for_more_rows(monkeypatch, django_assert_max_num_queries):
    for module in (checking, undoing):
        monkeypatch.setattr(module, "AT_ONCE", 7)
    bring(*(f"P{n},pupil,A,,,,,,year=Year 7," for n in range(20)))
    imported = bring(
        *(f"C{n},contact,A,,,,,,,P{n}=father" for n in range(20)),
        *(f"P{n},pupil,B,,,,,,year=Year 8," for n in range(20)),
    )
    monkeypatch.undo()
    with django_assert_max_num_queries(84):
        assert back(imported) == {}
    assert set(Person.objects.values_list("given_name", flat=True)) == {"A"} and not Relationship.objects.exists()


def test_a_change_since_keeps_the_whole_row():
    bring(*FIRST)
    imported = bring("C1,contact,Wilhelm,Li,,,13900003001,,,P1=father; P2=father")
    Person.objects.filter(reference="C1").update(mobile="+8613700003001")
    assert set(back(imported)) == {"C1"}
    assert Person.objects.get(reference="C1").given_name == "Wilhelm"


def test_a_pupil_with_a_contact_since_stays():
    imported = bring(FIRST[0])
    relate(make_person("contact", reference="C9"), Person.objects.get(reference="P1"))
    assert set(back(imported)) == {"P1"}


def test_a_language_chosen_since_does_not_keep_a_new_person_from_going():
    imported = bring("S1,staff,A,,,,,en,,")
    set_language(person=Person.objects.get(reference="S1"), language="zh-hans")
    back(imported)
    assert not Person.objects.filter(reference="S1").exists()


def test_a_class_that_moved_goes_back_with_its_pupils():
    bring(*FIRST[:2])
    imported = bring(*(line.replace("Year 7", "Year 8") for line in FIRST[:2]))
    form = Group.objects.get(name="7A")
    assert form.parent.name == "Year 8"
    assert back(imported) == {}
    form.refresh_from_db()
    assert form.parent.name == "Year 7"
    assert set(Membership.objects.filter(group__name="Year 7").values_list("person__reference", flat=True)) == {
        "P1",
        "P2",
    }


def test_a_class_whose_place_is_anothers_since_stays_and_the_page_says_so():
    bring("P1,pupil,Ming,Li,,,,,year=Year 7; form=Oak,")
    imported = bring("P1,pupil,Ming,Li,,,,,year=Year 8; form=Oak,")
    bring("P2,pupil,Na,Li,,,,,year=Year 7; form=Oak,")
    assert back(imported) == {}
    assert imported.problem == (
        "Not moved back, as the place they had is taken or gone: Year 8 · Oak. "
        "Groups of this file that stay, as something uses them: Year 8."
    )
    (oak,) = Group.objects.filter(name="Oak", memberships__person__reference="P1")
    assert oak.parent.name == "Year 8"


def test_it_is_taken_back_once_by_a_press_and_the_page_names_who_is_kept(admin_client):
    imported = bring(*FIRST)
    Person.objects.filter(reference="P2").update(given_name="Nana")
    address = reverse("take-back-import", args=[imported.pk])
    admin_client.post(address)
    assert "This step was taken already." in admin_client.post(address, follow=True).content.decode()
    work()
    html = admin_client.get(reverse("import", args=[imported.pk])).content.decode()
    assert "Kept, as something is new since" in html and "Na Li (P2): It was changed since." in html
    assert "Take the import back" not in html
