"""Every case has its remedy, and nothing is linked that nobody has looked at."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.at_wecom import entering
from registration.cases import actions as cases
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions as step_actions

from .helpers import said

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


def test_an_administrator_links_a_disputed_number(client, administrator, simulator):
    simulator.control("members", userid="office7", name="Li Wei", mobile="+8613800138999", department=2)
    registration = disputed()
    assert client.post(reverse("registration:link", args=[registration.pk])).status_code == 302
    entering.enter_due()
    registration.refresh_from_db()
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "office7", False)
    assert simulator.members["office7"]["name"] == "Li Wei"


def test_linking_never_takes_a_member_somebody_else_is_linked_to(client, administrator, simulator):
    simulator.control("members", userid="office7", name="Li Wei", mobile="+8613800138999", department=2)
    make_registration(make_person("contact"), mobile="+8613800138111", userid="office7", created_by_us=False)
    registration = disputed()
    client.post(reverse("registration:link", args=[registration.pk]))
    entering.enter_due()
    registration.refresh_from_db()
    assert registration.problem == Problem.NUMBER_TAKEN


def test_an_approval_is_for_the_number_that_was_seen(administrator):
    registration = disputed()
    cases.link(registration=registration, by=administrator)
    step_actions.confirm(registration=registration, mobile="+8613800138777", by=registration.person.user)
    registration.refresh_from_db()
    assert registration.linking_approved_by is None


def test_a_refused_number_asks_for_another_one(client, administrator):
    registration = disputed()
    client.post(reverse("registration:refuse", args=[registration.pk]))
    registration.refresh_from_db()
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
    for name in ("link", "refuse"):
        assert client.post(reverse(f"registration:{name}", args=[registration.pk])).status_code == 302
    registration.refresh_from_db()
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
