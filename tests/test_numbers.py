"""What `/metrics` says of every floor."""

import re

import pytest

from portal.mail.actions import post_to_many
from portal.people.demo import make_person
from portal.version import VERSION
from registration.demo import make_registration

pytestmark = pytest.mark.django_db


def test_metrics_are_counted_from_rows_and_name_nobody(client, settings, all_of_us_work, django_assert_max_num_queries):
    settings.METRICS_TOKEN = "t0ken"
    make_registration(make_person("contact", family_name="Unmistakable"))
    post_to_many(kinds=[("test", 1)])
    with django_assert_max_num_queries(50):
        text = client.get("/metrics", HTTP_AUTHORIZATION="Bearer t0ken").content.decode()
    lines = set(text.splitlines())
    assert {
        f'portal_info{{version="{VERSION}"}} 1',
        'portal_ready{check="worker"} 1',
        'portal_ready{check="linked"} 0',
        'portal_processes{process="sweeper"} 1',
        'portal_letters{state="waiting"} 1',
        'portal_registrations{status="registered"} 1',
        'portal_sending_stopped{by="hold"} 0',
        "portal_batch_oldest_due_seconds 0",
        'portal_calls_of_the_last_hour{outcome="ok"} 0',
    } <= lines
    assert "Unmistakable" not in text and len({line.split(" ")[0] for line in lines if line[0] != "#"}) > 30
    for line in lines:
        assert re.fullmatch(r'# (HELP|TYPE) portal_\w+ .+|portal_\w+(\{\w+="[^"]*"\})? -?[0-9.]+', line), line
