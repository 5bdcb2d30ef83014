"""The head of every page, the list, and the way to exactly what a notice is about."""

import pytest
from django.urls import reverse

from portal.access.demo import make_sign_in
from portal.causes import Cause
from portal.notices.looking import look
from portal.notices.models import Notice
from portal.people.demo import make_person

from .conftest import OPTION

pytestmark = pytest.mark.django_db
LIST = reverse("notices")


def said(response):
    return " ".join(response.content.decode().split())


def count_of(queries):
    return sum('"notices_telling"' in query["sql"] for query in queries.captured_queries)


@pytest.fixture
def open_ones(client, pretended, holder):
    pretended.now = {"7": Cause(), "8": Cause(urgent=True)}
    look()
    client.force_login(holder)
    return pretended


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "2 notices are open for you"),
        ("zh-hans", "您有 2 条未处理的通知"),
        ("zh-hant", "您有 2 則未處理的通知"),
    ],
)
def test_the_head_of_every_page_says_how_many_are_open(client, open_ones, language, words):
    client.cookies["django_language"] = language
    for page in ("/", reverse("people"), reverse("my-details")):
        assert words in said(client.get(page))
    open_ones.now = {}
    look()
    assert words not in said(client.get("/"))


def test_it_costs_one_query_a_page_and_none_for_whoever_can_have_none(client, open_ones, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as queries:
        client.get(reverse("my-details"))
    assert count_of(queries) == 1
    client.force_login(make_sign_in(make_person("contact")))
    with django_assert_max_num_queries(100) as queries:
        page = client.get(reverse("my-details"))
    assert count_of(queries) == 0 and LIST not in said(page)


def test_the_list_says_each_the_urgent_first_and_costs_the_same_for_many(
    client, open_ones, django_assert_max_num_queries
):
    client.get(LIST)
    with django_assert_max_num_queries(100) as two:
        page = said(client.get(LIST))
    assert page.index("Thing 8 is so.") < page.index("Thing 7 is so.")
    open_ones.now = {str(number): Cause() for number in range(30)}
    look()
    with django_assert_max_num_queries(100) as thirty:
        client.get(LIST)
    assert len(thirty) == len(two)


def test_a_notice_leads_to_exactly_what_it_is_about(client, open_ones):
    notice = Notice.objects.get(subject="7")
    assert client.get(reverse("notice", args=[notice.pk])).url == "/help/?thing=7"


def test_what_is_settled_leads_to_a_sentence_and_nowhere_else(client, open_ones):
    notice = Notice.objects.get(subject="7")
    open_ones.now = {}
    look()
    page = client.get(reverse("notice", args=[notice.pk]), follow=True)
    assert "This is settled already" in said(page)


def test_news_goes_for_whoever_has_opened_it_and_stays_for_others(client, pretended, holder):
    another = make_sign_in(make_person("staff"), options=[OPTION])
    pretended.of(is_news=True)
    pretended.now = {"7": Cause()}
    look()
    client.force_login(holder)
    client.get(reverse("notice", args=[Notice.objects.get().pk]))
    assert "Thing 7" not in said(client.get(LIST))
    client.force_login(another)
    assert "Thing 7" in said(client.get(LIST))


def test_nobody_opens_the_notice_of_another(client, open_ones):
    client.force_login(make_sign_in(make_person("staff"), options=["audit.view"]))
    assert client.get(reverse("notice", args=[Notice.objects.first().pk])).status_code == 404


def test_the_families_site_has_none(client, two_hosts, open_ones):
    page = client.get(reverse("my-details"), headers={"host": "families.example"})
    assert LIST not in said(page)
