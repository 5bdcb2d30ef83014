"""What stands in the audit trail stands, and is read in words."""

import ast
import re
from datetime import timedelta
from importlib import import_module
from inspect import unwrap
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from messaging.demo import make_message
from messaging.models import Template
from portal import causes
from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.audit import retention, sealing, triggers, verifying, words
from portal.audit.actions import record
from portal.audit.filters import TrailFilter
from portal.audit.models import AuditEvent, Block, Verification
from portal.audit.reading import entries, history_of
from portal.audit.verifying import verify, verify_some
from portal.people.demo import make_person
from portal.people.models import Person
from tests.checks import ROOT

pytestmark = pytest.mark.django_db
NO_DETAILS = {"by", "subject", "on_behalf_of", "not_within", None}


@pytest.fixture
def guarded(monkeypatch):
    """The database refuses as it does in production: the tests' own does not quite (conftest.py)."""
    monkeypatch.setattr(triggers, "NAMES", triggers.ALL)
    triggers.take_away(connection)
    unwrap(triggers.make)(connection)


def raw():
    """The rows without the model's own refusals, as somebody with the database's password has them."""
    return QuerySet(AuditEvent)


def acts(number, act="signed in"):
    user = make_administrator(f"somebody {AuditEvent.objects.count()}")
    for _ in range(number):
        record(act, by=user, subject=user)
    return user


# --- words ---


def calls():
    """The calls in our code of what writes into the trail, and of what marks a sentence."""
    for folder in ("portal", "wechat_admin", "registration", "messaging"):
        for path in (ROOT / folder).rglob("*.py"):
            if "tests" not in path.parts and "migrations" not in path.parts:
                yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def name_of(call):
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def test_every_act_has_its_place_in_the_trails_words_and_a_sentence_in_every_language():
    marked = {
        call.args[0].value
        for call in calls()
        if name_of(call) == "gettext_noop"
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value[0].islower()
    }
    assert marked == words.all_acts(), "name a new act in the `trail.py` of its app"
    for language in ("zh-hans", "zh-hant"):
        with translation.override(language):
            assert [act for act in marked if translation.gettext(act) == act] == []


def test_every_detail_of_an_act_has_a_label():
    details = {keyword.arg for call in calls() if name_of(call) == "record" for keyword in call.keywords} - NO_DETAILS
    assert {name for name in details if not words.has_label(name)} == set()


def test_an_entry_names_whoever_it_is_about_by_the_name_they_have_today():
    administrator, grace = make_administrator(), make_sign_in(make_person("staff", given_name="Grace"))
    profile = actions.create_profile(name="Office", by=administrator)
    actions.add_holder(profile=profile, user=grace, by=administrator)
    grace.person.given_name = "Hopper"
    grace.person.save()
    event = AuditEvent.objects.latest("pk")
    assert "Grace" not in str((event.subject, event.details)) and "Office" not in str(event.details)
    (entry,) = entries([event], administrator)
    assert (entry.who.words, entry.what, entry.about.words) == ("administrator", "gave a profile", grace.person.name)
    assert "Hopper" in entry.about.words and entry.about.address and entry.in_a_line == "profile: Office"


def test_links_lead_only_where_the_reader_may_go():
    grace = make_sign_in(make_person("staff", given_name="Grace"), options=["audit.view"])
    record("signed in", by=grace, subject=grace)
    (entry,) = entries(AuditEvent.objects.all(), grace)
    assert entry.about.words and entry.about.address == ""


def test_a_change_is_said_from_what_to_what_with_the_words_of_its_page():
    administrator = make_administrator()
    event = record(
        "changed the settings of the school",
        by=administrator,
        changed=["approval_above"],
        before={"approval_above": 50},
        after={"approval_above": 100},
    )
    event = AuditEvent.objects.latest("pk")
    (entry,) = entries([event], administrator)
    assert "50 → 100" in entry.in_a_line and "approval_above" not in entry.in_a_line


def test_what_an_act_was_called_before_is_read_and_found_by_its_name_of_today(client):
    administrator = make_administrator()
    client.force_login(administrator)
    for act in ("asked for approval", "asked for release", "released a message"):
        record(act, by=administrator)
    page = client.get(reverse("audit"), {"what": "asked for release"})
    assert [entry.what for entry in page.context["entries"]] == ["asked for release"] * 2
    assert "approval" not in page.content.decode()


def test_what_is_gone_is_still_said():
    administrator = make_administrator()
    template = Template.objects.create(name="Holiday", text="x")
    record("deleted a template", by=administrator, subject=template)
    template.delete()
    (entry,) = entries(AuditEvent.objects.all(), administrator)
    assert entry.about.words.startswith("template ")


def test_the_page_of_a_message_does_not_say_in_every_line_that_it_is_about_that_message():
    administrator, other = make_administrator(), make_person("contact")
    message = make_message(administrator)
    record("sent a message", by=administrator, subject=message)
    record("shared a report", by=administrator, subject=message, user=other)
    shared, sent = history_of(f"message {message.pk}", administrator)
    assert (sent.about, shared.about) == (None, None)
    assert sent.who.words == "administrator" and other.name in shared.in_a_line
    assert (
        entries(AuditEvent.objects.filter(pk=sent.event.pk), administrator)[0].about.address
        == f"/messaging/{message.pk}/"
    )


def test_the_page_of_a_person_says_of_their_sign_in_and_of_a_row_that_was_theirs_that_it_is_about_these():
    administrator, kept = make_administrator(), make_person("staff")
    merged, user = make_person("contact", merged_into=kept), make_sign_in(kept)
    for subject in (kept, merged, user):
        record("changed a person", by=administrator, subject=subject)
    of_user, of_merged, of_kept = history_of(f"person {kept.pk}", administrator)
    assert of_kept.about is None and of_merged.about.words and of_user.about.words


def test_a_page_costs_the_same_however_many_people_are_on_it():
    administrator, numbers = make_administrator(), []
    administrator.has_perm("audit.view")
    for _ in range(2):
        for _ in range(5):
            person = make_person("contact")
            record("added a person", by=administrator, subject=person)
        message = make_message(administrator)
        record("sent a message", by=administrator, subject=message)
        with CaptureQueriesContext(connection) as queries:
            entries(AuditEvent.objects.all(), administrator)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_what_earlier_releases_wrote_by_name_is_kept_by_key():
    administrator, grace = make_administrator(), make_sign_in(make_person("staff", given_name="Grace"))
    profile = actions.create_profile(name="Office", by=None)
    template = Template.objects.create(name="Holiday", text="x")
    triggers.take_away(connection)
    rows = [
        ("gave a profile", "Office", "", {"to": str(grace)}),
        ("changed a person", grace.person.reference, "", {"what": ["mobile"]}),
        ("signed in", str(grace), "", {}),
        ("looked at a person's page", "person 3", grace.person.reference, {}),
        ("saved a template", "Holiday", "", {}),
        ("saved a template", "Nobody's", "", {}),
        ("released a message", "message 7", "", {"people": 3, "written_by": str(grace), "sent_by": "Nobody"}),
    ]
    AuditEvent.objects.all()._raw_delete(AuditEvent.objects.db)
    for act, subject, on_behalf_of, details in rows:
        raw().create(act=act, subject=subject, on_behalf_of=on_behalf_of, details=details, actor=administrator)
    as_they_were = MigrationLoader(connection).project_state().apps
    import_module("portal.audit.migrations.0005_keys_for_names").keys_for_names(as_they_were, None)
    user = f"user {grace.pk}"
    assert list(AuditEvent.objects.order_by("pk").values_list("subject", "on_behalf_of", "details")) == [
        (user, "", {"profile": f"profile {profile.pk}"}),
        (f"person {grace.person.pk}", "", {"what": ["mobile"]}),
        (user, "", {}),
        ("person 3", user, {}),
        (f"template {template.pk}", "", {}),
        ("template", "", {}),
        ("message 7", "", {"people": 3, "written_by": user, "sent_by": "user"}),
    ]


# --- what stands, stands ---


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET act = 'x'",
        "DELETE FROM audit_auditevent",
        "UPDATE audit_block SET hash = 'x'",
        "UPDATE audit_block SET dropped_at = sealed_at",
        "DELETE FROM audit_block",
    ],
)
def test_the_database_refuses_to_change_what_was_written(guarded, statement):
    acts(3)
    sealing.seal()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().wrong == []


def test_nothing_that_ends_elsewhere_changes_the_trail(guarded):
    user, reader = acts(1), make_administrator("reader")
    pk = user.pk
    sealing.seal()
    user.delete()
    assert verify().wrong == [] and entries(AuditEvent.objects.all(), reader)[0].who.words == f"sign-in {pk}"


def test_each_block_is_sealed_with_the_one_before(guarded, monkeypatch):
    monkeypatch.setattr(sealing, "MOST_IN_A_BLOCK", 3)
    acts(7)
    sealing.seal()
    sealing.seal()
    assert list(Block.objects.order_by("number").values_list("number", "events")) == [(1, 3), (2, 3), (3, 1)]
    found = verify()
    assert (found.blocks, found.events, found.wrong) == (3, 7, []) and found.head == Block.objects.get(number=3)
    assert verify(known_head=Block.objects.get(number=1).hash).wrong == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda event: raw().filter(pk=event.pk).update(act="signed out"), "Block 2 (events .* is not as"),
        (lambda event: raw().filter(pk=event.pk).update(details={"x": 1}), "Block 2 (events .* is not as"),
        (lambda event: raw().filter(pk=event.pk).update(at=Now()), "Block 2 (events .* is not as"),
        (lambda event: raw().filter(pk=event.pk)._raw_delete("default"), "Block 2 .* held 3 events and holds 2 now"),
        (lambda event: QuerySet(Block).filter(number=2)._raw_delete("default"), "before block 3 is missing"),
        (lambda event: QuerySet(Block).filter(number=2).update(hash="0" * 64), "Block 2 "),
    ],
)
def test_what_the_tables_owner_changed_is_found_at_its_block(monkeypatch, change, sentence, capsys):
    monkeypatch.setattr(sealing, "MOST_IN_A_BLOCK", 3)
    acts(9)
    sealing.seal()
    triggers.take_away(connection)
    change(AuditEvent.objects.order_by("pk")[4])
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert re.search(sentence.replace("(events", r"\(events"), said), said


def test_a_chain_made_anew_is_found_by_a_hash_from_elsewhere():
    acts(3)
    sealing.seal()
    known = sealing.head().hash
    triggers.take_away(connection)
    raw().filter(pk=AuditEvent.objects.earliest("pk").pk).update(act="signed out")
    QuerySet(Block).all()._raw_delete("default")
    sealing.seal()
    with pytest.raises(SystemExit):
        call_command("verify_audit", head=known)


def test_missing_triggers_are_said(guarded):
    assert triggers.missing(connection) == []
    triggers.take_away(connection)
    assert "no longer refuses" in verify().wrong[0]
    assert causes.kind("audit.broken").causes().keys() == {"triggers"}


def test_the_sweeper_looks_at_all_blocks_in_turn_and_somebody_is_told(monkeypatch):
    monkeypatch.setattr(sealing, "MOST_IN_A_BLOCK", 1)
    monkeypatch.setattr(verifying, "EVENTS_A_ROUND", 10)
    acts(25)
    sealing.seal()
    triggers.take_away(connection)
    raw().filter(pk=AuditEvent.objects.order_by("pk")[20].pk).update(act="signed out")
    for _ in range(2):
        verify_some()
        assert Verification.objects.get().broken is None
    verify_some()
    assert Verification.objects.get().broken == 21
    assert "21" in causes.kind("audit.broken").causes()
    # It is not said to be whole again before a whole pass has found nothing.
    raw().filter(act="signed out").update(act="signed in")
    for days in (1, 0):
        Verification.objects.update(begun_at=Now() - timedelta(days=2), found_at=Now() - timedelta(days=3 - days))
        verify_some()
    Verification.objects.update(number=25, begun_at=Now() - timedelta(days=2), found_at=Now() - timedelta(days=3))
    verify_some()
    assert Verification.objects.get().broken is None


def test_old_blocks_go_whole_and_leave_their_hash_and_an_entry(guarded, monkeypatch, settings):
    settings.AUDIT_YEARS = 1
    monkeypatch.setattr(sealing, "MOST_IN_A_BLOCK", 3)
    triggers.take_away(connection)
    acts(6)
    raw().filter(pk__in=list(AuditEvent.objects.order_by("pk")[:5].values_list("pk", flat=True))).update(
        at=Now() - timedelta(days=400)
    )
    unwrap(triggers.make)(connection)
    sealing.seal()
    retention.drop_what_is_old()
    retention.drop_what_is_old()
    assert AuditEvent.objects.filter(act="signed in").count() == 3, "the second block holds one that is not old"
    assert list(Block.objects.exclude(dropped_at=None).values_list("number", flat=True)) == [1]
    assert AuditEvent.objects.get(act="dropped a sealed block of the trail").details["events"] == 3
    sealing.seal()
    assert verify().wrong == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sealed_below_which_an_open_transaction_may_still_write():
    user = make_administrator()

    def quick():
        record("signed in", by=user)
        connection.close()

    with transaction.atomic():
        record("signed out", by=user)  # a lower key, seen later
        for work in (quick, sealing.seal):
            thread = Thread(target=work)
            thread.start()
            thread.join()
        assert not Block.objects.exists()
    sealing.seal()
    assert Block.objects.get().events == AuditEvent.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_seal_at_once_make_each_block_once(monkeypatch):
    monkeypatch.setattr(sealing, "MOST_IN_A_BLOCK", 2)
    acts(9)

    def seal():
        sealing.seal()
        connection.close()

    threads = [Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(Block.objects.values_list("events", flat=True)) == 9
    assert verify().wrong == []


# --- the page ---


@pytest.fixture
def office(client):
    administrator = make_administrator("office")
    client.force_login(administrator)
    return client


def shown(client, **asked):
    page = client.get(reverse("audit"), asked)
    return [(entry.event.act, entry.event.subject) for entry in page.context["entries"]][::-1]


def test_the_trail_is_narrowed_down_by_what_who_about_whom_and_when(office):
    ann, bob = make_sign_in(make_person("staff")), make_sign_in(make_person("staff"))
    triggers.take_away(connection)
    for days, user, act, subject in (
        (9, ann, "added a person", bob.person),
        (5, ann, "changed a person", bob.person),
        (5, bob, "changed a person", ann.person),
        (1, bob, "signed in", bob),
    ):
        record(act, by=user, subject=subject)
        raw().filter(pk=AuditEvent.objects.latest("pk").pk).update(at=Now() - timedelta(days=days))
    about_bob, about_ann = f"person {bob.person.pk}", f"person {ann.person.pk}"
    added, changed = ("added a person", about_bob), ("changed a person", about_bob)
    others, signed_in = ("changed a person", about_ann), ("signed in", f"user {bob.pk}")
    assert shown(office, who=ann.pk) == [added, changed]
    assert shown(office, what="changed a person") == [changed, others]
    assert shown(office, about=about_bob) == [added, changed, signed_in], "what was about their sign-in, too"
    today = timezone.localdate()
    assert shown(office, since=today - timedelta(days=6), until=today - timedelta(days=2)) == [changed, others]
    assert shown(office, until=today - timedelta(days=9), about=about_bob) == [added]
    assert shown(office, until=today - timedelta(days=20)) == []
    assert shown(office, since=today + timedelta(days=2)) == []
    table = b"".join(office.get(reverse("audit-csv"), {"who": ann.pk}).streaming_content).decode()
    assert table.count("\r\n") == 3 and bob.person.name in table
    assert AuditEvent.objects.latest("pk").details == {"asked": f"who={ann.pk}"}


@pytest.mark.parametrize(
    "asked", [{"who": "x"}, {"about": "person"}, {"since": "never"}, {"what": "x"}, {"who": "9" * 40}]
)
def test_what_nobody_means_narrows_nothing_down(office, asked):
    record("signed in", by=make_administrator("ann"))
    assert len(shown(office, **asked)) == 1


def test_somebody_is_found_by_name_and_no_name_stands_in_an_address(office):
    person = make_person("staff", given_name="Quillfeather")
    make_sign_in(person)
    page = office.post(reverse("audit"), {"q": "quillf"}).content.decode()
    assert f"?about=person%20{person.pk}" in page and f"?who={person.user.pk}" in page


def test_who_was_merged_has_one_history(office):
    kept, gone = make_person("contact"), make_sign_in(make_person("contact"))
    record("added a person", by=None, subject=gone.person)
    record("signed in", by=gone, subject=gone)
    Person.everybody.filter(pk=gone.person.pk).update(merged_into=kept)
    assert len(shown(office, about=f"person {kept.pk}")) == 2
    page = office.get(reverse("person", args=[kept.pk])).content.decode()
    assert "added a person" in page and "signed in" in page and f"?about=person+{kept.pk}" in page


def test_a_message_has_its_own_history(office):
    message = make_message(make_administrator())
    record("stopped a message", by=None, subject=message)
    page = office.get(reverse("messaging:message", args=[message.pk])).content.decode()
    assert "stopped a message" in page and f"?about=message+{message.pk}" in page


def test_the_page_says_the_hash_to_write_down(office):
    acts(2)
    sealing.seal()
    assert sealing.head().hash in office.get(reverse("audit")).content.decode()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"who": "7"},
        {"what": "signed in"},
        {"about": "person 5"},
        {"since": "2026-02-01", "until": "2026-02-02"},
        {"until": "2026-01-03"},
        {"who": "7", "until": "2026-02-02"},
    ],
)
def test_no_filter_reads_the_whole_trail(rf, asked):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditevent (at, actor_id, act, subject, on_behalf_of, details)"
            " SELECT timestamptz '2026-01-01' + n * interval '5 minutes', n % 500, 'act ' || (n % 90),"
            " 'person ' || (n % 3000), '', '{}' FROM generate_series(1, 40000) n"
        )
        cursor.execute("ANALYZE audit_auditevent")
    form = TrailFilter(rf.get("/", asked))
    plan = form.of(AuditEvent.objects.all()).order_by("-pk")[:51].explain()
    assert form.asked.keys() == asked.keys() and "Seq Scan" not in plan, plan
