"""A message is found again: by its words, who sent it, whom it was for, when, and what became of it."""

from datetime import datetime

import pytest
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import Message
from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person
from portal.people.models import Group

from .desk import said

pytestmark = pytest.mark.django_db
SENT = "/messaging/"


@pytest.fixture
def reader(client):
    user = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"])
    client.force_login(user)
    return user


def found(client, text="", **asked):
    response = client.post(SENT, {"q": text}, query_params=asked) if text else client.get(SENT, asked)
    return [message.pk for message in response.context["page"].rows]


def test_words_are_found_in_every_language_in_articles_and_names_of_files(client, reader):
    text = make_message(reader, text="The Bus is late")
    translated = make_message(reader, text="x", translations={"zh-hans": "校车晚点"})
    article = make_message(reader, kind="news", text="", articles=[{"title": "Sports day", "description": "in June"}])
    file = make_message(reader, kind="file", text="")
    file.attachments.create(name="Bus plan.pdf", size=1, data=b"x")
    assert found(client, "bus late") == [text.pk]
    assert found(client, "校车") == [translated.pk]
    assert found(client, "june sports") == [article.pk]
    assert found(client, "bus") == [file.pk, text.pk]
    assert found(client, "100%") == [] and found(client, "train") == []


def test_by_sender_state_and_day(client, reader, author):
    mine = make_message(reader, status="finished")
    theirs = make_message(author, status="cancelled")
    Message.objects.filter(pk=mine.pk).update(sent_at=timezone.make_aware(datetime(2026, 5, 3, 23, 59)))
    assert found(client, sender=author.pk) == [theirs.pk]
    assert found(client, state="finished") == [mine.pk]
    assert found(client, since="2026-05-03", until="2026-05-03") == [mine.pk]
    assert found(client, since="2026-05-04") == [theirs.pk]
    assert found(client, until="2026-05-02") == []


@pytest.mark.parametrize("way", ["as it was chosen", "in a saved audience"])
def test_by_audience(client, reader, way):
    year = make_group(name="Year 7")
    longer = Group.objects.create(pk=10 * year.pk, kind="year", name="Its number begins with that of Year 7")
    rules = [[{"group": year.pk, "who": "contacts"}], [{"who": "pupils", "group": longer.pk}], [{"role": "staff"}]]
    if way == "in a saved audience":
        rules = [[{"name": "Kept", "rule": {"include": include}}] for include in rules]
    rules = [{"include": include} for include in rules]
    first, second, third = (make_message(reader, rule=rule, sent_rule=rule) for rule in rules)
    excluded = {"include": [{"role": "contacts"}], "exclude": [{"group": year.pk, "who": "pupils"}]}
    make_message(reader, rule=excluded, sent_rule=excluded)
    assert found(client, audience=f"group:{year.pk}") == [first.pk]
    assert found(client, audience=f"group:{longer.pk}") == [second.pk]
    assert found(client, audience="role:staff") == [third.pk]


def test_a_day_that_is_none_is_said_and_narrows_nothing_down(client, reader):
    message = make_message(reader)
    response = client.get(SENT, {"since": "yesterday", "state": "nonsense", "audience": "group:x"})
    assert "Write the day as 2026-07-31." in said(response)
    assert [row.pk for row in response.context["page"].rows] == [message.pk]
    assert 'value="yesterday"' in said(response)


def test_ones_own_alone_are_searched_without_the_reports_of_all(client, sender, author):
    make_message(author, text="Secret plan")
    assert found(client, "secret") == [] and str(author) not in said(client.get(SENT))


def test_drafts_and_tests_are_not_sent(client, reader):
    make_message(reader, status="draft", text="bus")
    make_message(reader, is_test=True, text="bus")
    assert found(client, "bus") == []
    assert "No message matches." in said(client.post(SENT, {"q": "bus"}))


def test_pages_of_a_search_are_posted_and_the_table_holds_all(client, reader):
    for number in range(60):
        make_message(reader, text=f"bus {number}")
    first = client.post(SENT, {"q": "bus"})
    older = first.context["page"].older
    assert f'name="before" value="{older}"' in said(first)
    assert len(client.post(SENT, {"q": "bus", "before": older}).context["page"].rows) == 10
    table = b"".join(client.get("/messaging/sent.csv").streaming_content).decode()
    assert table.count("bus ") == 60


def test_a_search_costs_the_same_for_one_and_for_many(client, reader, django_assert_max_num_queries):
    for number in range(70):
        make_message(reader, text=f"bus {number}")
        make_group(name=f"Year {number}")
    with django_assert_max_num_queries(30):
        client.post(SENT, {"q": "bus late"}, query_params={"audience": "role:staff"})
