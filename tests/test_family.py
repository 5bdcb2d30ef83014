"""One family with every oddity against every question the house asks of it: exact sets, so that no two floors disagree."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.audience.people import people_of
from messaging.audience.rule import pupils_concerned
from messaging.demo import make_message
from messaging.judgement import own_people
from messaging.models import Delivery
from messaging.writing.texts import texts_of
from portal.access.actions import people_without_sign_in
from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from portal.people.merging.actions import merge
from portal.people.models import Group, Person
from portal.people.roles import Role
from registration.demo import make_registration
from registration.invitations.invitees import Outcome, chosen, with_outcome
from registration.models import YearRule
from registration.overview.progress import MISSING, Chosen, counts_of_roles, per_group, with_progress
from registration.years import rules as years
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db

PUPILS = "Ming Na Gone Today"
CONTACTS = "Mother Father GoneMother Stale Aunt Grandma Unrelated NoNumber LeftFather"
STAFF = "Teacher Tutor Driver LeftTeacher Three"
STOPPED = "Stopped"  # teaching, yesterday: a parent who has children here goes on being one
EVERYBODY = f"{PUPILS} {CONTACTS} {STAFF} {STOPPED}"
LEFT = "Gone LeftFather LeftTeacher"
BARRED = "Father Stale"


@pytest.fixture
def family():
    """{name: person}; the relationships below say what is odd about each."""
    make_account()
    yesterday = timezone.localdate() - timedelta(days=1)
    people = {}
    for role, names in (("pupil", PUPILS), ("contact", CONTACTS), ("staff", f"{STAFF} {STOPPED}")):
        for name in names.split():
            people[name] = make_person(role, given_name=name, email=f"{name}@family.example".lower())
    Person.objects.filter(given_name__in=LEFT.split()).end(yesterday)
    Person.objects.filter(given_name="Today").end(timezone.localdate())  # a last day is one of school
    Person.objects.filter(given_name=STOPPED).end(yesterday)
    Person.objects.filter(given_name__in=["Teacher", "Three", STOPPED]).update(is_contact=True)
    Person.objects.filter(given_name="Three").update(is_pupil=True)
    Person.objects.filter(given_name="NoNumber").update(mobile="", email="")
    ming, na, gone = people["Ming"], people["Na"], people["Gone"]
    relate(people["Mother"], ming), relate(people["Mother"], na)
    for child in (ming, na):  # separated, and barred
        relate(people["Father"], child, "father", may_receive_messages=False, may_see_data=False)
    relate(people["Teacher"], na, "father", may_receive_messages=False)  # as a teacher they may
    relate(people["GoneMother"], gone)
    relate(people["Stale"], gone)  # permitted for a pupil who left, and not for the one who is here
    relate(people["Stale"], ming, "guardian", may_receive_messages=False)
    relate(people["Aunt"], ming, "other")
    relate(people["Grandma"], na, "guardian", may_see_data=False)
    relate(people["Three"], ming, "guardian")
    relate(people["NoNumber"], na)
    relate(people[STOPPED], ming, "father")
    relate(people["LeftFather"], ming, "father")
    relate(people["Driver"], ming, "other")  # was a contact once; the record holds the role no more
    seven, nine, thirteen = (make_group("year", f"Year {number}") for number in (7, 9, 13))
    make_group("form", "7A", seven, [ming, people["Tutor"], people["Today"]])
    make_group("form", "9B", nine, [na, gone])
    # The mother was on record a second time, as somebody of Year 9 herself: nobody is there twice.
    twice = make_person("contact", given_name="Twice", is_staff_member=True, staff_last_day=yesterday)
    relate(twice, na), relate(twice, people["Today"])
    make_group("form", "9B", nine, [twice])
    merge(kept=people["Mother"], gone=twice, stays={}, by=None)
    Person.objects.filter(pk=people["Mother"].pk).update(is_staff_member=False, staff_last_day=None)
    people["Mother"].memberships.all().delete()
    people["Mother"].relationships_as_contact.filter(pupil=people["Today"]).delete()
    make_group("form", "13A", thirteen, [people["Three"]])
    make_group("year", "Year 9", members=[na, gone])
    make_group("department", "English", members=[people["Teacher"], people[STOPPED]])
    return {name: Person.objects.get(pk=person.pk) for name, person in people.items()}


def account():
    return EnterpriseAccount.objects.the()


def group(name):
    return Group.objects.get(name=name).pk


def names(people):
    return " ".join(sorted(person.given_name for person in people))


def written(text):
    return " ".join(sorted(text.split()))


# --- people ---

QUESTIONS_OF_PEOPLE = {
    "left": (lambda: Person.objects.left(), LEFT),
    "current": (
        lambda: Person.objects.current(),
        "Ming Na Today Mother Father Stale Aunt Grandma Unrelated NoNumber Teacher Tutor Driver Three Stopped",
    ),
    "barred": (lambda: Person.objects.barred(), BARRED),
    "staff": (lambda: Person.objects.of(Role.STAFF), STAFF),
    "pupils": (lambda: Person.objects.of(Role.PUPIL), f"{PUPILS} Three"),
    "contacts": (
        lambda: Person.objects.of(Role.CONTACT),
        "Mother Father Stale Aunt Grandma Unrelated NoNumber LeftFather Teacher Three Stopped",
    ),
    "members of Year 7 and below": (lambda: Person.objects.in_groups([group("Year 7")]), "Ming Tutor Today"),
    "pupils of Year 9 and below": (lambda: Person.objects.pupils_of([group("Year 9")]), "Na"),
    "families of Year 7 and below": (
        lambda: Person.objects.families_of([group("Year 7")]),
        "Ming Today Mother Father Stale Aunt Three LeftFather Stopped",
    ),
    "get a sign-in": (people_without_sign_in, " ".join(set(EVERYBODY.split()) - set(LEFT.split()) - {"NoNumber"})),
}


@pytest.mark.parametrize("question", QUESTIONS_OF_PEOPLE)
def test_who_they_are(family, question):
    ask, expected = QUESTIONS_OF_PEOPLE[question]
    assert names(ask()) == written(expected)


IN_SIGHT = {"Mother": "Ming Na", "Teacher": "Na", "Stale": "Ming", "Aunt": "Ming", "Three": "Ming", "NoNumber": "Na"}
IN_SIGHT[STOPPED] = "Ming"
IN_CARE = {name: pupils for name, pupils in IN_SIGHT.items() if name != "Aunt"}


def test_whose_data_they_see_and_for_whom_they_consent(family):
    YearRule.objects.bulk_create(
        YearRule(year=year, needs_consent=True) for year in Group.objects.filter(kind=Group.Kind.YEAR)
    )
    for name, person in family.items():
        assert names(person.pupils_in_sight()) == IN_SIGHT.get(name, ""), name
        assert names(years.pupils_of(person)) == IN_CARE.get(name, ""), name


# --- messages ---

# clause → (reached, may not receive, left); of those meant and in none of the three it is said that they never registered.
CLAUSES = {
    "contacts": ("Mother Aunt Grandma Unrelated Three Stopped", "Father Stale Teacher", "LeftFather"),
    "guardians": ("Mother Grandma Three Stopped", "Father Stale Teacher", "LeftFather"),
    "pupils": ("Ming Na Three Today", "", "Gone"),
    "staff": ("Teacher Tutor Driver Three", "", "LeftTeacher"),
    "registered": ("Ming Na Today Mother Aunt Grandma Unrelated Teacher Tutor Driver Three Stopped", BARRED, LEFT),
    "Year 7:contacts": ("Mother Aunt Three Stopped", BARRED, "LeftFather"),
    "7A:contacts": ("Mother Aunt Three Stopped", BARRED, "LeftFather"),
    "Year 9:contacts": ("Mother Grandma", "Father Teacher", ""),
    "9B:contacts": ("Mother Grandma", "Father Teacher", ""),
    "Year 7:pupils": ("Ming Today", "", ""),
    "Year 9:pupils": ("Na", "", "Gone"),
    "Year 7:staff": ("Tutor", "", ""),
    "English:staff": ("Teacher", "", ""),
    "English:contacts": ("", "", ""),
    "by hand": (
        "Ming Na Today Mother GoneMother Aunt Grandma Unrelated Teacher Tutor Driver Three Stopped",
        BARRED,
        LEFT,
    ),
}
WITH_NO_NUMBER = {"contacts", "guardians", "Year 9:contacts", "9B:contacts", "by hand"}


def clauses_of(name):
    if name == "by hand":
        return [{"listed": list(Person.objects.values_list("pk", flat=True)), "name": "list.csv"}]
    where, _, who = name.rpartition(":")
    return [{"group": group(where), "who": who}] if where else [{"role": who}]


@pytest.fixture
def registered(family):
    """Everybody has registered, but for whom no number is known."""
    for name, person in family.items():
        if name != "NoNumber":
            make_registration(person)
    return family


@pytest.mark.parametrize("clause", CLAUSES)
def test_whom_a_message_reaches_and_why_not_the_others(registered, clause):
    found = list(people_of({"include": clauses_of(clause)}, account()))

    def with_problem(problem):
        return names(person for person in found if person.problem == problem)

    reached, barred, left = CLAUSES[clause]
    problems = Delivery.Problem
    assert with_problem(None) == written(reached)
    assert with_problem(problems.MAY_NOT_RECEIVE) == written(barred)
    assert with_problem(problems.LEFT) == written(left)
    assert with_problem(problems.NOT_REGISTERED) == ("NoNumber" if clause in WITH_NO_NUMBER else "")


def test_one_person_chosen_by_hand_is_reached_as_a_list_of_references_is(registered):
    by_hand = {"include": [{"person": person.pk} for person in registered.values()]}
    listed = {"include": clauses_of("by hand")}
    answers = [
        {person.given_name: person.problem for person in people_of(rule, account())} for rule in (by_hand, listed)
    ]
    assert answers[0] == answers[1]


def test_whom_a_sender_limited_to_own_groups_may_write_to(family):
    options = ["messaging.write", "messaging.own_groups"]
    around = {
        "Tutor": "Ming Today Tutor Mother Father Stale Aunt Three LeftFather Stopped",
        "Teacher": "Teacher Stopped",
        "Driver": "",
        "Three": "Three",
    }
    for name, expected in around.items():
        assert names(own_people(make_sign_in(family[name], options=options))) == written(expected), name


def test_whoever_stands_in_a_year_may_write_to_the_people_of_its_forms(family):
    make_group("year", "Year 7", members=[family["Driver"]])
    user = make_sign_in(family["Driver"], options=["messaging.write", "messaging.own_groups"])
    of_form = "Ming Today Tutor Mother Father Stale Aunt Three LeftFather Stopped"
    assert names(own_people(user)) == written(f"Driver {of_form}")


CHILDREN = {
    "contacts": {"Mother": "Ming, Na", "Aunt": "Ming", "Three": "Ming", STOPPED: "Ming"},
    "Year 9:contacts": {"Mother": "Na"},
    "by hand": {"Mother": "Ming, Na", "Aunt": "Ming", "Three": "Ming", STOPPED: "Ming"},
}


@pytest.mark.parametrize("clause", CHILDREN)
def test_which_children_a_text_names_to_whom(registered, clause):
    rule = {"include": clauses_of(clause)}
    message = make_message(make_sign_in(make_person("staff")), text="((children))", rule=rule)
    people = list(people_of(rule, account()).filter(problem=None))
    said = dict(zip((p.given_name for p in people), texts_of(message, people, pupils_concerned(rule)), strict=True))
    assert {name: text for name, text in said.items() if text != "your child"} == CHILDREN[clause]


# --- registering ---

# (roles, groups) → (get an e-mail, may not, have no e-mail)
INVITED = {
    ("contacts", ""): ("Mother Aunt Grandma Unrelated Teacher Three Stopped", BARRED, "NoNumber"),
    ("pupils", ""): ("Ming Na Three Today", "", ""),
    ("staff", ""): ("Teacher Tutor Driver Three", "", ""),
    ("", "Year 7"): ("Ming Today Mother Aunt Three Stopped", BARRED, ""),
    ("", "9B"): ("Na Mother Grandma Teacher", "Father", "NoNumber"),
}


@pytest.mark.parametrize("whom", INVITED)
def test_who_is_invited_and_who_is_reminded(family, whom):
    role, name = whom
    people = chosen([role] if role else [], [group(name)] if name else [])
    gets, barred, without = INVITED[whom]
    assert names(people.filter(outcome=Outcome.GETS_EMAIL)) == written(gets)
    assert names(people.filter(outcome=Outcome.BARRED)) == written(barred)
    assert names(people.filter(outcome=Outcome.NO_EMAIL)) == written(without)
    missing = with_progress(Chosen(role, Group.objects.get(name=name) if name else None).people(), account())
    reminded = with_outcome(missing.filter(progress__in=MISSING)).filter(outcome=Outcome.GETS_EMAIL)
    assert names(reminded) == written(gets)


COUNTED = {
    ("", ""): QUESTIONS_OF_PEOPLE["current"][1],
    ("contacts", ""): "Mother Father Stale Aunt Grandma Unrelated NoNumber Teacher Three Stopped",
    ("pupils", ""): "Ming Na Three Today",
    ("staff", ""): "Teacher Tutor Driver Three",
    ("", "Year 7"): "Ming Today Mother Father Stale Aunt Three Stopped",
    ("contacts", "Year 7"): "Mother Father Stale Aunt Three Stopped",
    ("contacts", "9B"): "Mother Father Grandma NoNumber Teacher",
    ("pupils", "Year 9"): "Na",
    ("staff", "7A"): "Tutor",
}


@pytest.mark.parametrize("whom", COUNTED)
def test_who_is_counted(family, whom):
    role, name = whom
    people = Chosen(role, Group.objects.get(name=name) if name else None).people()
    assert names(people) == written(COUNTED[whom])
    if role and not name:
        assert sum(counts_of_roles(account())[role].values()) == people.count()


def test_a_row_of_a_group_counts_whom_its_page_lists(family):
    for role in ("contacts", "pupils"):
        for kind in ("year", "form"):
            for found, numbers in per_group(role, kind, account()):
                assert sum(numbers.values()) == Chosen(role, found).people().count(), (role, found)


MAY_REGISTER = "Ming Na Today Mother Aunt Grandma Unrelated NoNumber Teacher Tutor Driver Three Stopped"


def test_who_may_register(family):
    def may(person):
        client = Client()
        client.force_login(make_sign_in(person))
        return client.get(reverse("registration:step", args=[1])).status_code == 200

    assert names(person for person in family.values() if may(person)) == written(MAY_REGISTER)
    # Whoever may register is counted, and the others who are counted are said to be barred.
    current, barred = set(COUNTED["", ""].split()), set(BARRED.split())
    assert set(MAY_REGISTER.split()) == current - barred


def test_a_year_that_may_not_register_closes_for_those_who_are_nothing_but_its_pupils(family):
    for year in Group.objects.filter(kind=Group.Kind.YEAR):
        YearRule.objects.create(year=year, pupils_may_register=False)
    assert names(Person.objects.filter(years.switched_off())) == "Gone Ming Na Today"
