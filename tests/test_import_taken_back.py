"""An import is taken back: what the floors above hold of its people and groups keeps these, and only that."""

import pytest
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import SavedAudience
from portal.access.demo import make_administrator
from portal.people import importing
from portal.people.demo import make_person
from portal.people.importing import actions
from portal.people.leaving.actions import set_last_days
from portal.people.models import Group, Import, Membership, Person
from portal.people.roles import Role
from portal.people.tasks import imports as work
from registration.models import Figures, GuardianConsent, Opened, YearRule

pytestmark = pytest.mark.django_db
HEAD = ",".join(importing.COLUMNS)
PUPIL = "P1,pupil,Ming,Li,,,,,year=Year 7; form=7A,"


def bring(*lines):
    actions.import_people(importing.read("\n".join([HEAD, *lines]).encode()))
    return Import.objects.latest("pk")


def back(imported):
    actions.take_back(imported, by=None)
    work()
    imported.refresh_from_db()
    return dict(imported.rows.exclude(kept="").values_list("reference", "kept"))


def opened(person):
    Opened.objects.create(person=person, account_key="corp")


def consent(person):
    GuardianConsent.objects.create(pupil=person, guardian=make_person("contact"))


def leaving(person):
    set_last_days({(person.pk, Role.PUPIL): timezone.localdate()}, by=None)
    set_last_days({(person.pk, Role.PUPIL): None}, by=None)


@pytest.mark.parametrize("since", [opened, consent, leaving])
def test_who_has_something_that_no_person_can_be_asked_for_is_kept_and_named(since):
    imported = bring(PUPIL)
    since(Person.objects.get(reference="P1"))
    assert set(back(imported)) == {"P1"}


def test_groups_that_it_made_go_with_it_and_their_figures(administrator):
    bring("P0,pupil,Na,Li,,,,,year=Year 8,")
    imported = bring(PUPIL, "P0,pupil,Na,Li,,,,,year=Year 7; form=7B,")
    Figures.objects.create(account_key="corp", by="form", group=Group.objects.get(name="7A"), roll=1, numbers={})
    assert back(imported) == {} and imported.problem == ""
    assert list(Group.objects.values_list("name", flat=True)) == ["Year 8"]


def member(group, by):
    Membership.objects.create(group=group, person=make_person("staff"))


def audience(group, by):
    SavedAudience.objects.create(owner=by, name="A", rule={"exclude": [{"group": group.pk, "who": "pupils"}]})


def draft(group, by):
    make_message(by, rule={"include": [{"group": group.pk, "who": "contacts"}]})


def sent_to_an_audience(group, by):
    rule = {"include": [{"name": "A", "rule": {"include": [{"group": group.pk, "who": "pupils"}]}}]}
    make_message(by, rule={"include": [{"role": "staff"}]}, sent_rule=rule)


@pytest.fixture
def administrator():
    return make_administrator()


@pytest.mark.parametrize("use", [member, audience, draft, sent_to_an_audience])
def test_a_group_that_something_uses_since_stays_with_its_year_and_is_named(administrator, use):
    imported = bring(PUPIL, "P2,pupil,Na,Li,,,,,year=Year 7; form=7B,")
    use(Group.objects.get(name="7A"), administrator)
    assert back(imported) == {}
    assert imported.problem == "Groups of this file that stay, as something uses them: Year 7, 7A."
    assert set(Group.objects.values_list("name", flat=True)) == {"Year 7", "7A"}


def test_a_year_with_a_rule_stays_without_its_forms(administrator):
    imported = bring(PUPIL)
    YearRule.objects.create(year=Group.objects.get(name="Year 7"))
    back(imported)
    assert Group.objects.get().name == "Year 7"


def test_a_group_below_one_that_it_made_keeps_it():
    imported = bring(PUPIL)
    bring("P3,pupil,Bo,Li,,,,,year=Year 7; form=7C,")
    back(imported)
    assert set(Group.objects.values_list("name", flat=True)) == {"Year 7", "7C"}


def test_everything_that_names_a_group_is_known():
    """What names one keeps it from going with an import; what is counted of it goes along."""
    known = {
        Membership: "asked by itself",
        Group: "asked by itself",
        YearRule: "names_groups",
        Figures: "counted of it",
    }
    relations = [one for one in Group._meta.get_fields(include_hidden=True) if one.auto_created and not one.concrete]
    assert {one.related_model for one in relations} == known.keys()
