"""Speed, printed and never asserted: `make bench`. On PostgreSQL where TEST_DATABASE_URL is set, else on SQLite.

BENCH_PEOPLE (100,000) and BENCH_MESSAGES (1,000) set the size of the school.
"""

import os
import statistics
import time

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.audience.people import digest_of
from messaging.checking import facts
from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_group, make_person
from portal.people.models import Membership, Person, Relationship
from registration.at_wecom.checking import check_due
from registration.at_wecom.entering import enter_due
from registration.models import Registration
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

PEOPLE, MESSAGES = int(os.environ.get("BENCH_PEOPLE", "100000")), int(os.environ.get("BENCH_MESSAGES", "1000"))
REGISTERING = 50


def say(what, milliseconds, queries="", note=""):
    print(f"  {what:<58}{milliseconds:>10,.0f} ms {queries!s:>5} {note}", flush=True)


def measured(function, times=3):
    """(median milliseconds, queries of one run)"""
    with CaptureQueriesContext(connection) as captured:
        function()
        queries = len(captured)
    taken = []
    for _ in range(times):
        began = time.monotonic()
        function()
        taken.append(1000 * (time.monotonic() - began))
    return statistics.median(taken), queries


def a_school(number):
    """Half contacts, half pupils in years and forms; nine in ten registered."""
    account = EnterpriseAccount.objects.the()
    for start in range(0, number, 10000):
        Person.objects.bulk_create(
            Person(
                reference=f"B{n:07}",
                given_name="Pat",
                family_name=f"No{n}",
                mobile=f"+86138{n:08}",
                is_contact=n % 2 == 0,
                is_pupil=n % 2 == 1,
                language=("en", "zh-hans", "zh-hant")[n % 3],
            )
            for n in range(start, min(start + 10000, number))
        )
    people = list(Person.objects.filter(reference__startswith="B").order_by("pk").values_list("pk", flat=True))
    years = [make_group(name=f"Year {year}") for year in range(1, 14)]
    forms = [make_group("form", f"{g.name[5:]}{letter}", parent=g) for g in years for letter in "ABCD"]
    pairs = list(zip(people[::2], people[1::2], strict=False))
    Relationship.objects.bulk_create(
        (Relationship(contact_id=c, pupil_id=p, kind="mother") for c, p in pairs), batch_size=10000
    )
    Membership.objects.bulk_create(
        (Membership(person_id=p, group=forms[n % len(forms)]) for n, (_, p) in enumerate(pairs)), batch_size=10000
    )
    Registration.objects.bulk_create(
        (
            Registration(
                person_id=pk,
                account_key=account.account_key,
                status="registered",
                mobile="+8613800000000",
                userid=f"sp-B{pk}",
                consented_at="2026-01-01T00:00:00Z",
                confirmed_at="2026-01-01T00:00:00Z",
                consent_version="x",
                consent_language="en",
            )
            for n, pk in enumerate(people)
            if n % 10
        ),
        batch_size=10000,
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def reaching(account):
    print("\nreach, as asked before Send (milliseconds, queries)")
    half = Person.objects.filter(reference__startswith="B").count() // 2
    part = list(Person.objects.filter(is_contact=True).order_by("pk").values_list("pk", flat=True)[:20000])
    year = make_group(name="Year 7")
    for name, rule in [
        (f"everybody registered, of {2 * half:,}", {"include": [{"role": "registered"}]}),
        (f"all contacts: {half:,}", {"include": [{"role": "contacts"}]}),
        ("a list of 20,000", {"include": [{"listed": part, "name": ""}]}),
        ("contacts of a year", {"include": [{"group": year.pk, "who": "contacts"}]}),
    ]:
        say(name, *measured(lambda rule=rule: facts.reach(rule, account)))
        say("  its digest", *measured(lambda rule=rule: digest_of(rule, account), times=1))


def paging(author, account):
    print("\npages (milliseconds, queries)")
    shown = make_message(author, rule={"include": [{"role": "contacts"}]})
    prepare(shown.pk)
    draft = make_message(author, status=Message.Status.DRAFT, rule={"include": [{"role": "contacts"}]})
    rows = Message.objects.bulk_create(
        Message(author=author, text=f"Message {n}", status="finished", sent_at=Now(), final_counts={"accepted": 5})
        for n in range(MESSAGES)
    )
    Batch.objects.bulk_create(Batch(message=row, number=1, size=5, state="accepted") for row in rows)
    client = Client()
    client.force_login(author)
    for address in [
        "/help/messaging/",
        "/messaging/",
        "/messaging/drafts/",
        "/messaging/scheduled/",
        "/messaging/waiting/",
        "/messaging/templates/",
        "/messaging/audiences/",
        "/messaging/new/",
        f"/messaging/{draft.pk}/edit/",
        f"/messaging/{draft.pk}/check/",
        f"/messaging/{shown.pk}/",
        f"/messaging/{shown.pk}/progress/",
        "/application-setup/registrations/",
        "/application-setup/registrations/?by=form&role=contacts",
    ]:
        note = "an empty page, to compare" if "help" in address else ""
        say(address, *measured(lambda address=address: client.get(address)), note)


def freezing(author):
    print("\nfreezing the list of a message (milliseconds)")
    for name, fields in [
        ("one text", {"text": "Hello"}),
        ("a text per language", {"text": "Hello", "translations": {"zh-hans": "你好", "zh-hant": "您好"}}),
        ("personal texts", {"text": "Dear ((name)), about ((children))"}),
    ]:
        message = make_message(author, rule={"include": [{"role": "contacts"}]}, **fields)
        began = time.monotonic()
        prepare(message.pk)
        taken = 1000 * (time.monotonic() - began)
        message.refresh_from_db()
        note = f"{message.recipients:,} people, {message.batches.count():,} calls"
        say(name, taken, "", note)
        Message.objects.filter(pk=message.pk).update(status="cancelled")


def registering(simulator):
    print("\nregistering against the simulator")
    people = [make_person("contact", mobile=f"+86139{n:08}") for n in range(REGISTERING)]
    queries: dict[str, set[int]] = {}
    for person in people:
        make_sign_in(person)
        client = Client()
        client.force_login(person.user)
        for step, fields in [("Step1", {"agree": "on"}), ("Step2", {"mobile": person.mobile})]:
            for method in ("get", "post"):
                with CaptureQueriesContext(connection) as captured:
                    getattr(client, method)(f"/WeChatRegistration/{step}", fields)
                    queries.setdefault(f"{method.upper()} {step}", set()).add(len(captured))
    began = time.monotonic()
    enter_due()
    entered = time.monotonic() - began
    for person in people:
        simulator.scan(person.mobile)
    began = time.monotonic()
    check_due()
    checked = time.monotonic() - began
    registered = Registration.objects.filter(person__in=people, status="registered").count()
    for step, found in queries.items():
        print(f"  queries of {step}: {', '.join(map(str, sorted(found)))}")
    print(
        f"  entered one after the other: {REGISTERING / entered:.0f} a second; asked about: {REGISTERING / checked:.0f}"
    )
    print(f"  registered: {registered} of {REGISTERING}")


@pytest.mark.django_db
def test_speed(simulator):
    account, author = make_account(), make_administrator()
    began = time.monotonic()
    a_school(PEOPLE)
    print(f"\n{connection.vendor}: {PEOPLE:,} people, {MESSAGES:,} messages, made in {time.monotonic() - began:.0f} s")
    registering(simulator)
    reaching(account)
    freezing(author)
    paging(author, account)
