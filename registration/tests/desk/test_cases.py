"""Every case has its remedy, and nothing is linked that nobody has looked at."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.at_wecom import entering
from registration.cases import actions as cases
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions as step_actions

from .helpers import decide, said

pytestmark = pytest.mark.django_db
Status = Registration.Status
ADDRESS = "/application-setup/registrations/"
NAMES = "/application-setup/registrations/people/"


def disputed(**fields):
    person = make_person("contact", given_name="Wei", mobile="+8613800138000")
    fields = {"mobile": "+8613800138999", "problem": Problem.NUMBER_TAKEN, "problem_code": 60104} | fields
    return make_registration(person, Status.CONFIRMED, next_try_at=None, **fields)


def test_cases_are_grouped_by_cause_with_the_remedy(client, administrator):
    disputed()
    refused = {"problem": Problem.CONFIGURATION, "problem_code": 48008}
    for _ in range(3):
        make_registration(make_person("contact"), Status.CONFIRMED, **refused)
    response = client.get(ADDRESS)
    assert [(cause.code, len(cause.registrations)) for cause in response.context["causes"]] == [(60104, 1), (48008, 3)]
    assert "管理工具 → 通讯录同步 → 权限" in said(response) and "If the member at WeCom is this very person" in said(
        response
    )


def test_who_stood_outside_the_department_kept_for_them_is_named_for_a_week(client, administrator):
    person = make_person("contact", given_name="Wei", family_name="Displaced")
    make_registration(person, displaced_at=Now())
    long_ago = Now() - timedelta(days=8)
    make_registration(make_person("contact", family_name="Forgotten"), displaced_at=long_ago)
    page = said(client.get(ADDRESS))
    assert "限制查看所有人" in page and "Wei Displaced" in page and "Forgotten" not in page


def test_whoever_wecom_has_lost_is_a_case_and_counts_as_registered_no_more(client, administrator):
    lost = make_registration(make_person("contact", given_name="Lost"), Status.STARTED, problem=Problem.REGISTER_AGAIN)
    make_registration(make_person("contact", given_name="Doubted"), doubts=1, problem=Problem.UNREACHED)
    page = said(client.get(ADDRESS))
    assert "Lost" in page and "have registered again: remind them" in page.replace("\n", " ")
    assert "Doubted" in page and "goes on by itself within minutes" in page
    names = said(client.get(NAMES + "?progress=no_longer"))
    assert lost.person.name in names and "Doubted" not in names


def test_an_administrator_links_a_disputed_number(client, administrator, simulator):
    simulator.control("members", userid="office7", name="Li Wei", mobile="+8613800138999", department=2)
    registration = disputed()
    decide(client, "link", registration)
    entering.enter_due()
    registration.refresh_from_db()
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "office7", False)
    assert simulator.members["office7"]["name"] == "Li Wei"


def test_linking_never_takes_a_member_somebody_else_is_linked_to(client, administrator, simulator):
    simulator.control("members", userid="office7", name="Li Wei", mobile="+8613800138999", department=2)
    make_registration(make_person("contact"), mobile="+8613800138111", userid="office7", created_by_us=False)
    registration = disputed()
    decide(client, "link", registration)
    entering.enter_due()
    registration.refresh_from_db()
    assert registration.problem == Problem.NUMBER_TAKEN


def test_an_approval_is_for_the_number_that_was_seen(administrator):
    registration = disputed()
    cases.link(registration=registration, shown=cases.seen(registration), by=administrator)
    step_actions.confirm(registration=registration, mobile="+8613800138777", by=registration.person.user)
    registration.refresh_from_db()
    assert registration.linking_approved_by is None


def test_a_refused_number_asks_for_another_one(client, administrator):
    registration = disputed()
    decide(client, "refuse", registration)
    assert registration.problem == Problem.NUMBER_REFUSED and registration.next_try_at is None
    assert client.get(ADDRESS).context["causes"] == []
    client.force_login(make_sign_in(registration.person))
    assert "The school says that this number or e-mail address is not yours." in said(
        client.get("/WeChatRegistration/Step3")
    )
    assert "The school says that this number" in said(client.get("/WeChatRegistration/Step2"))


def test_who_holds_the_number_in_the_portal_is_named_and_nothing_can_be_linked(client, administrator):
    make_registration(make_person("contact", given_name="Holder"), mobile="+8613800138999")
    disputed()
    html = said(client.get(ADDRESS))
    assert "Holder" in html and "registered with it." in html and "/link/" not in html and "/refuse/" in html


def test_nothing_is_linked_or_refused_that_is_not_disputed(client, administrator):
    registration = make_registration(make_person("contact"), Status.CONFIRMED)
    for name in ("link", "refuse", "hand-over", "end"):
        assert "This has changed since" in decide(client, name, registration)
    assert registration.problem == "" and registration.linking_approved_by is None


def test_the_daily_limit_is_told_to_an_administrator_for_two_days(client, administrator):
    person = make_person("contact", given_name="Limited")
    registration = make_registration(person, Status.IN_WECOM)
    client.force_login(make_sign_in(person))
    response = client.post("/WeChatRegistration/DailyLimit", follow=True)
    assert "We have told the school; try tomorrow." in said(response)
    client.force_login(administrator)
    html = said(client.get(ADDRESS))
    assert "Limited" in html and "企业认证" in html
    Registration.objects.update(limit_met_at=Now() - timedelta(days=3))
    assert client.get(ADDRESS).context["causes"] == []
    assert registration.status == Status.IN_WECOM


def without_message(**fields):
    person = make_person("pupil", given_name="Quillfeather")
    said_so = {"nothing_came_at": Now(), "nothing_came_tried": "messages_off"}
    return make_registration(person, **said_so | fields)


def test_to_whom_no_message_came_is_a_case_with_what_they_looked_at_until_it_is_settled(client, administrator):
    registration = without_message()
    html = said(client.get(ADDRESS))
    assert "Registered, and says that no message comes" in html and "Quillfeather" in html
    assert "“Receive application messages” is on" in html and "under “Stopped applications”" not in html
    assert "It is settled." in decide(client, "settle", registration)
    assert client.get(ADDRESS).context["causes"] == []
    assert "This has changed since" in decide(client, "settle", registration)


def test_what_they_said_again_is_not_settled_by_a_page_that_does_not_show_it(client, administrator):
    registration = without_message(nothing_came_at=Now() - timedelta(days=2))
    shown = client.get(ADDRESS).context["causes"][0].registrations[0].shown
    assert step_actions.tell_nothing_came(registration=registration, tried=["messages_off", "stopped"], by=None)
    assert "This has changed since" in decide(client, "settle", registration, shown)
    assert registration.nothing_came_settled_at is None
    assert "It is settled." in decide(client, "settle", registration)


def test_whoever_stops_or_no_longer_follows_is_no_case_of_a_missing_message(client, administrator):
    without_message(no_longer_at=Now())
    without_message(status=Status.WITHDRAWN)
    assert client.get(ADDRESS).context["causes"] == []
