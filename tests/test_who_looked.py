"""Every address that names others leaves an entry in the trail; a new one fails until it says whether it does."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from messaging.demo import make_message
from messaging.models import Delivery, Message, SavedAudience, Template
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.audit import actions, triggers
from portal.audit.actions import record
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from portal.people.models import Departure, Import, ImportRow, Merge, Person, Proposal
from registration.demo import make_registration
from registration.models import Invitation, InvitationRun, Problem, Registration
from wechat_admin.demo import make_account

from .test_permissions import TABLE, message_of_a_picture

pytestmark = pytest.mark.django_db
NAME = "Quillfeather"


def somebody(role="contact", **fields):
    return make_person(role, given_name=NAME, family_name="Zorg", email="zorg@school.example", **fields)


@pytest.fixture
def school(doorbells, all_of_us_work):
    """One of everything that is about somebody, and everybody has one name."""
    make_account(qr_picture=b"a picture", saved_by=f"{NAME} Lee", saved_at=Now())
    parent, pupil, colleague = (
        somebody(),
        somebody("pupil"),
        make_sign_in(somebody("staff"), options=["messaging.write"]),
    )
    make_group("form", "7A", parent=make_group("year", "Year 7", members=[pupil]), members=[pupil])
    relate(parent, pupil)
    make_sign_in(parent)
    make_registration(pupil)
    disputed = make_registration(
        parent, Registration.Status.CONFIRMED, problem=Problem.NUMBER_TAKEN, mobile="+8613000000077"
    )
    run = InvitationRun.objects.create(starts_at=Now())
    Invitation.objects.create(person=parent, run=run)
    record("sent invitations", by=colleague)
    profile = Profile.objects.exclude(is_system_administrator=True).first()
    rule = {"include": [{"role": "contacts"}, {"person": parent.pk}]}
    messages = {
        name: make_message(colleague, rule=rule, status=status, saved_by=colleague)
        for name, status in (
            ("draft", Message.Status.DRAFT),
            ("message", Message.Status.SENDING),
            ("awaiting", Message.Status.AWAITING),
            ("scheduled", Message.Status.SCHEDULED),
        )
    }
    Delivery.objects.create(message=messages["message"], person=parent, problem=Delivery.Problem.NOT_REGISTERED)
    return {
        "other": colleague.pk,
        "registration": disputed.pk,
        "profile": profile.pk,
        "template": Template.objects.create(name="Holiday", text="x", saved_by=colleague).pk,
        "run": run.pk,
        "picture": messages["draft"].attachments.create(role="picture", name="a.jpg", size=1, data=b"x").token,
        "person": parent.pk,
        "proposal": Proposal.objects.create(person=parent, what="name", before={}, values={}).pk,
        "departure": Departure.objects.create().pk,
        "merge": Merge.objects.create(kept=parent, gone=parent).pk,
        "import": import_of(parent, colleague).pk,
        "deleted draft": make_message(colleague, status=Message.Status.DRAFT, deleted_at=Now()).pk,
        "followed message": make_message(colleague, rule=rule, files=["letter.pdf"]).pk,
        "picture message": message_of_a_picture(colleague).pk,
        **{name: message.pk for name, message in messages.items()},
    }


def audience_of(owner, school):
    return SavedAudience.objects.create(owner=owner, name="x", rule={"include": [{"person": school["person"]}]}).pk


def import_of(parent, colleague):
    imported = Import.objects.create(
        by=colleague, name="people.csv", size=9, state=Import.State.READY, headings=["name"], counts={"bad": 1}
    )
    imported.pieces.create(number=0, data=f"name\n{NAME}\n".encode())
    imported.rows.create(number=2, verdict=ImportRow.Verdict.BAD, name=NAME, person=parent)
    return imported


# Pages that name nobody but the reader, and what is no page. Whatever else answers must say who is seen on it.
NAMES_NOBODY = {
    "add-app",
    "add-passkey",
    "add-person",
    "after-restore",
    "choose-password",
    "dashboard",
    "factors",
    "forgotten",
    "forgotten-sent",
    "help",
    "help-guide",
    "help-page",
    "home",
    "import-progress",  # asks how far it is
    "messaging:article-picture",
    "messaging:articles",
    "messaging:attempts",
    "messaging:attempts-csv",
    "messaging:drafts",
    "messaging:edit-template",
    "messaging:file",
    "messaging:following-file",
    "messaging:move",
    "messaging:my-file",
    "messaging:my-following-file",
    "messaging:new-template",
    "messaging:progress",  # asks how far it is; the report is the page
    "messaging:recall",
    "messaging:stop",
    "messaging:templates",
    "metrics",
    "notice",
    "notice-choices",
    "notices",
    "ownership-file",
    "prove",
    "readyz",
    "recovery-codes",
    "rename-profile",
    "registration:any-case",
    "registration:any-case-step",
    "registration:code",
    "registration:hand-outs",
    "registration:invitation-code",
    "registration:qr",
    "registration:run",
    "registration:state",  # asks how far it is; step 3 is the page
    "registration:years",
    "school-settings",
    "kept",
    "second-step",
    "sign-in",
    "sign-ins",
    "wechat-callback",
    "wechat-checks",
    "wechat-qr-picture",
    "wechat-qr-preview",
    "wechat-registration-administration",
}


def answers(client, name, pks):
    """What an address answers to somebody who asks for the names behind a number, and to one who searches."""
    arguments, _who, method = TABLE[name]
    address = reverse(name, kwargs={key: pks.get(value, value) for key, value in arguments.items()})
    if method == "get":
        yield client.get(address, {"who": "not_registered"})
    # Posted last, and to no button: the school stays as it is.
    yield client.post(address, {"q": "zorg", "do": "find", "roles": ["contacts", "pupils"]})


def says(response):
    return response.status_code == 200 and NAME in response.getvalue().decode(errors="replace")


def by_method():
    """Names of addresses: those that show something before those that change something."""
    return sorted(TABLE.keys() - {"sign-out", "sign-out-everywhere"}, key=lambda name: (TABLE[name][2], name))


def test_every_address_that_names_others_leaves_an_entry(client, school):
    administrator = make_administrator()
    client.force_login(administrator)
    school["audience"] = audience_of(administrator, school)
    wrong = []
    for name in by_method():
        before = AuditEvent.objects.count()
        if any([says(response) for response in answers(client, name, school)]) and before == AuditEvent.objects.count():
            wrong.append(name)
    assert wrong == [], "they name others and leave no entry: mark their views with @shows_names or @hands_out_names"
    of_looks = AuditEvent.objects.filter(act__regex="^(looked|downloaded|chose)").values_list("subject", "details")
    assert of_looks and NAME not in str(list(of_looks))


def test_every_page_says_whether_it_names_others():
    """A new address fails until its view is marked, or it stands in NAMES_NOBODY."""
    known = views()
    marked = {name for name in TABLE if hasattr(known[name], "names_others")}
    assert marked & NAMES_NOBODY == set()
    assert {name for name, (_, _, method) in TABLE.items() if method == "get"} - marked == NAMES_NOBODY


def test_no_page_of_somebody_signed_in_is_kept_by_a_browser(client, school):
    administrator = make_administrator()
    client.force_login(administrator)
    school["audience"] = audience_of(administrator, school)
    kept = set()
    for name, (arguments, _who, method) in TABLE.items():
        if method == "get":
            response = client.get(
                reverse(name, kwargs={key: school.get(value, value) for key, value in arguments.items()})
            )
            kept |= {name} if "no-store" not in response.headers.get("Cache-Control", "") else set()
    # WeChat fetches the picture of an article, without a sign-in; it names nobody.
    assert kept == {"messaging:article-picture"}


def test_a_page_is_one_entry_in_a_quarter_of_an_hour_and_a_download_each_time(client, school):
    client.force_login(make_administrator())
    report, export = (reverse(f"messaging:{name}", args=[school["message"]]) for name in ("message", "export"))
    for address in (report, report, export, export):
        client.get(address)
    assert acts() == [("looked at the report of a message", f"message {school['message']}")] + 2 * [
        ("downloaded a report", f"message {school['message']}")
    ]
    # Another page is another entry, and so is another reader.
    client.get(reverse("messaging:message", args=[school["awaiting"]]))
    client.force_login(make_administrator("second"))
    client.get(report)
    assert len(acts()) == 5


@pytest.mark.parametrize(("minutes", "entries"), [(14, 1), (16, 2)])
def test_the_quarter_of_an_hour_is_counted_from_the_last_entry(client, school, monkeypatch, minutes, entries):
    client.force_login(make_administrator())
    with monkeypatch.context() as earlier:
        earlier.setattr(actions, "seconds", lambda: time.time() - minutes * 60)
        client.get(reverse("people"))
    triggers.take_away(connection)
    QuerySet(AuditEvent).update(at=Now() - timedelta(minutes=minutes))
    client.get(reverse("people"))
    client.get(reverse("people"))
    assert len(acts()) == entries


def test_what_it_costs_is_one_query(client, school):
    client.force_login(make_administrator())
    client.get(reverse("people"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("people"))
    assert sum("audit_auditevent" in query["sql"] for query in queries) == 1


def test_saving_by_itself_is_no_look(client, school):
    author = make_sign_in(somebody("staff"), options=["messaging.write"])
    client.force_login(author)
    client.post(reverse("messaging:new"), {"do": "autosave", "text": "x", "roles": ["staff"], "creation": "a"})
    assert Message.objects.filter(author=author).exists() and acts() == []


def test_ones_own_page_is_no_entry_until_an_administrator_views_it_as_them(client, school):
    parent = Person.objects.get(pk=school["person"])
    client.force_login(parent.user)
    assert says(client.get(reverse("my-details"))) and acts() == []
    client.force_login(make_administrator())
    client.post(reverse("impersonate", args=[parent.user.pk]), {"reason": "Asks for help"})
    client.get(reverse("my-details"))
    client.get("/WeChatRegistration/Step1", follow=True)
    looks = AuditEvent.objects.filter(act__startswith="looked at").order_by("id")
    assert [(e.act, e.actor.username, e.on_behalf_of) for e in looks] == [
        ("looked at the details of the person viewed as", "administrator", f"user {parent.user.pk}"),
        ("looked at the registration of the person viewed as", "administrator", f"user {parent.user.pk}"),
    ]


def acts():
    return list(AuditEvent.objects.exclude(act="sent invitations").order_by("id").values_list("act", "subject"))


def views():
    """{name: view} of every address."""
    found = {}

    def walk(patterns, prefix=""):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
            else:
                found[prefix + (pattern.name or "")] = pattern.callback

    walk(get_resolver().url_patterns)
    return found
