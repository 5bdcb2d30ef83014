"""Everything between the first word and Send: kinds, recipients, drafts, approval, undo, schedule."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from messaging import releasing, sweeps
from messaging.audience.people import people_of, reach_of
from messaging.demo import make_message
from messaging.material import files
from messaging.models import Attachment, Batch, Message, SavedAudience, Template
from messaging.sending.claim import claim
from messaging.sending.preparing import prepare, prepare_all
from messaging.sending.uploading import upload_due
from messaging.tasks import pump
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from portal.school.models import SchoolSetting
from registration.demo import make_registration
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db
NEW = "/messaging/new/"
Status = Message.Status


@pytest.fixture(autouse=True)
def account(doorbells):
    return make_account()


@pytest.fixture
def sender(client):
    user = make_sign_in(make_person("staff", given_name="Sender"), options=["messaging.write"])
    client.force_login(user)
    return user


@pytest.fixture
def approver():
    return make_sign_in(make_person("staff", given_name="Second"), options=["messaging.write", "messaging.approve"])


def said(response):
    return response.content.decode()


def registered(number=1, role="contact", **fields):
    people = [make_person(role, **fields) for _ in range(number)]
    for person in people:
        make_registration(person)
    return people[0] if number == 1 else people


def form(**fields):
    return {"do": "check", "text": "Hello", "roles": ["contacts"]} | fields


def draft(client, **fields):
    """A draft as the form saves it; the response when it is not taken."""
    before = set(Message.objects.values_list("pk", flat=True))
    response = client.post(NEW, form(**fields))
    made = Message.objects.exclude(pk__in=before).first()
    return made or response


def address(name, message):
    return reverse(f"messaging:{name}", args=[message.pk])


def press_send(client, message):
    page = client.get(address("check", message))
    response = client.post(address("send", message), {"shown": page.context["shown"]}, follow=True)
    message.refresh_from_db()
    return response


# --- undo ---


def test_send_can_be_undone_until_it_starts(client, sender):
    registered(3)
    message = draft(client)
    assert "Starts in 30 seconds." in said(press_send(client, message))
    prepare_all()
    assert message.status == Status.PREPARING and not message.deliveries.exists()
    assert "nothing has gone out" in said(client.post(address("undo", message), follow=True))
    message.refresh_from_db()
    assert (message.status, message.sent_at) == (Status.DRAFT, None)


def test_after_the_start_it_is_too_late_to_undo(client, sender):
    registered()
    message = draft(client)
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    assert "Too late to undo" in said(client.post(address("undo", message), follow=True))
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_send_at_once_does_not_wait(client, sender):
    registered()
    message = draft(client)
    press_send(client, message)
    client.post(address("start-now", message))
    Message.objects.update(start_at=Now() - timedelta(milliseconds=5))
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_the_school_sets_the_seconds(client, sender):
    SchoolSetting.objects.create(name="undo_seconds", value=120)
    registered()
    assert "Starts in 120 seconds." in said(press_send(client, draft(client)))


# --- schedule ---


def local(moment):
    return timezone.localtime(moment, timezone.get_default_timezone()).strftime("%Y-%m-%dT%H:%M")


def test_a_scheduled_message_waits_and_starts_by_itself(client, sender):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    assert "Schedule 1 message" in said(client.get(address("check", message)))
    press_send(client, message)
    assert message.status == Status.SCHEDULED
    assert message.summary in said(client.get(reverse("messaging:scheduled")))
    sweeps.sweep()
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED
    Message.objects.update(start_at=Now() - timedelta(minutes=5))
    sweeps.sweep()
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


@pytest.mark.parametrize(
    ("minute", "fields", "moved"), [(0, {}, True), (30, {}, True), (15, {}, False), (0, {"urgent": "on"}, False)]
)
def test_on_the_hour_it_is_moved_by_some_minutes_unless_urgent(client, sender, minute, fields, moved):
    registered()
    wanted = (timezone.now() + timedelta(days=2)).replace(minute=minute, second=0, microsecond=0)
    message = draft(client, when=local(wanted), **fields)
    press_send(client, message)
    off = (message.start_at - wanted).total_seconds() / 60
    assert 2 <= off <= 7 if moved else off == 0


def test_a_schedule_missed_by_more_than_an_hour_waits_for_a_person(client, sender):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(minutes=61))
    sweeps.sweep()
    message.refresh_from_db()
    assert (message.status, message.paused_reason) == (Status.PAUSED, "missed")
    assert "the portal was not running then" in said(client.get(address("message", message)))
    sweeps.sweep()
    client.post(address("resume", message))
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_a_list_that_has_changed_by_the_time_of_sending_waits_for_a_person(client, sender):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    press_send(client, message)
    registered(2)
    Message.objects.update(start_at=Now() - timedelta(minutes=1))
    sweeps.sweep()
    prepare_all()
    message.refresh_from_db()
    assert (message.status, message.paused_reason) == (Status.PAUSED, "list changed")
    assert "1 people then, 3 now." in said(client.get(address("message", message)))
    client.post(address("resume", message))
    message.refresh_from_db()
    assert message.status == Status.SENDING


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("2020-01-01T10:00", "This time has passed."),
        ("2027-03-28T01:30", "02:30"),
        ("yesterday", "Enter a valid date/time."),
    ],
)
def test_a_time_that_cannot_be_is_said_and_kept(client, sender, when, sentence, settings):
    if sentence == "02:30":
        settings.TIME_ZONE = "Europe/Berlin"
        timezone.get_default_timezone.cache_clear()
        when = "2027-03-28T02:30"
        sentence = "The clocks are put forward then: 02:30 does not exist."
    try:
        response = draft(client, when=when)
    finally:
        timezone.get_default_timezone.cache_clear()
    assert sentence in said(response) and f'value="{when}"' in said(response)


def test_the_hour_that_comes_twice_is_refused(client, sender, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    try:
        response = draft(client, when="2027-10-31T02:30")
    finally:
        timezone.get_default_timezone.cache_clear()
    assert "The clocks are put back then: 02:30 comes twice." in said(response)


# --- a second person ---


def test_above_the_schools_number_a_second_person_releases_exactly_this(client, sender, approver):
    SchoolSetting.objects.create(name="approval_above", value=2)
    registered(3)
    message = draft(client)
    page = said(client.get(address("check", message)))
    assert "Ask to send 3 messages" in page and "It goes to more than 2 people." in page
    press_send(client, message)
    assert message.status == Status.AWAITING
    assert message.summary in said(client.get(reverse("messaging:waiting")))
    assert client.post(address("release", message), {}).status_code == 403
    client.force_login(approver)
    page = client.get(address("approve", message))
    assert "Release 3 messages" in said(page)
    client.post(address("release", message), {"shown": page.context["shown"]})
    message.refresh_from_db()
    assert (message.status, message.released_by) == (Status.PREPARING, approver)
    assert AuditEvent.objects.filter(act="released a message").exists()


def test_outside_the_senders_own_groups_it_needs_approval_where_the_school_wants_it(client, sender):
    SchoolSetting.objects.create(name="approval_outside_groups", value=True)
    mine, _other = registered(role="pupil"), registered(role="pupil")
    group = make_group("class", "Maths", members=[sender.person, mine])
    inside = draft(client, roles=[], groups=[f"{group.pk}:pupils"])
    assert "Send 1 message" in said(client.get(address("check", inside)))
    outside = draft(client, roles=["pupils"])
    assert "Some of the people belong to none of the sender&#x27;s groups." in said(
        client.get(address("check", outside))
    )


def test_nobody_releases_their_own_message(client, approver):
    client.force_login(approver)
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    page = client.get(address("approve", message))
    assert "somebody else must release it" in said(page) and "Release 1 message<" not in said(page)
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    assert "Somebody else must release your message." in said(response)
    message.refresh_from_db()
    assert message.status == Status.AWAITING


def test_an_edit_meanwhile_voids_the_release(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    client.force_login(approver)
    page = client.get(address("approve", message))
    client.force_login(sender)
    client.post(address("undo", message))
    client.post(address("edit", message), form(text="Another text", urgent="on", do="save"))
    press_send(client, message)
    client.force_login(approver)
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    assert "Nothing was released." in said(response)
    message.refresh_from_db()
    assert message.status == Status.AWAITING


def test_sent_back_it_is_a_draft_with_the_note(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    client.force_login(approver)
    client.post(address("send-back", message), {"note": "Please name the bus."})
    client.force_login(sender)
    assert "Please name the bus." in said(client.get(address("edit", message)))


def test_where_nobody_else_may_release_it_is_said_who_can_give_it(client, sender):
    registered()
    message = draft(client, urgent="on")
    assert "Nobody else holds “Messaging: approve”." in said(client.get(address("check", message)))


# --- recipients ---


def given_names(message):
    return set(people_of(message.audience, EnterpriseAccount.objects.the()).values_list("given_name", flat=True))


def test_parents_and_guardians_only_leaves_out_other_contacts(client, sender):
    child = make_person("pupil")
    for name, kind in [("Mother", "mother"), ("Guardian", "guardian"), ("Aunt", "other")]:
        relate(make_person("contact", given_name=name), child, kind=kind)
    assert given_names(draft(client, roles=["guardians"])) == {"Mother", "Guardian"}


def test_some_are_left_out_by_group_and_by_name(client, sender):
    year7, year8 = make_group(name="Year 7"), make_group(name="Year 8")
    make_group("form", "7A", parent=year7, members=[make_person("pupil", given_name="Ann")])
    make_group("form", "8A", parent=year8, members=[make_person("pupil", given_name="Bob")])
    zoe = make_person("pupil", given_name="Zoe")
    message = draft(client, roles=["pupils"], not_groups=[f"{year8.pk}:pupils"], not_people=[zoe.pk])
    assert given_names(message) == {"Ann"}
    page = said(client.get(address("check", message)))
    assert "but not:" in page and "Year 8: pupils" in page


@pytest.mark.parametrize("way", ["typed", "file", "file with a heading"])
def test_a_list_of_references_is_taken_with_every_row_known(client, sender, way):
    ann, bob = make_person("contact", given_name="Ann"), make_person("contact", given_name="Bob")
    rows = f"{ann.reference.lower()}\n\n{bob.reference}\n{ann.reference}\n"
    if way == "typed":
        fields = {"references": rows}
    else:
        head = "reference,name\n" if "heading" in way else ""
        fields = {"references_file": SimpleUploadedFile("list.csv", (head + rows).encode("utf-8-sig"))}
    message = draft(client, roles=[], **fields)
    assert given_names(message) == {"Ann", "Bob"}
    client.post(address("edit", message), form(roles=[], do="save", version=message.version))
    message.refresh_from_db()
    assert given_names(message) == {"Ann", "Bob"}, "saved once more it is still there"
    client.post(address("edit", message), form(roles=["staff"], do="unlist", version=message.version))
    message.refresh_from_db()
    assert given_names(message) == {"Sender"}


def test_unknown_references_are_named_with_their_rows_and_nothing_is_lost(client, sender):
    known = make_person("contact").reference
    response = draft(client, roles=[], references=f"{known}\nNOBODY\nX9")
    html = said(response)
    assert "2 rows have a reference nobody has (row: reference): 2: NOBODY; 3: X9" in html and "NOBODY\nX9" in html


def test_a_saved_audience_is_worked_out_anew(client, sender):
    child = make_person("pupil")
    relate(make_person("contact", given_name="Ann"), child)
    client.post(NEW, form(do="audience", audience_name="All parents"))
    saved = SavedAudience.objects.get()
    assert saved.name == "All parents" and "All parents" in said(client.get(reverse("messaging:audiences")))
    relate(make_person("contact", given_name="New"), child)
    message = draft(client, roles=[], audiences=[saved.pk])
    assert given_names(message) == {"Ann", "New"}
    client.post(reverse("messaging:delete-audience", args=[saved.pk]))
    assert given_names(message) == set()
    assert "nobody to send to" in said(client.get(address("check", message)))


def test_an_audience_of_somebody_else_cannot_be_used(client, sender):
    other = make_sign_in(make_person("staff"))
    saved = SavedAudience.objects.create(owner=other, name="Theirs", rule={"include": [{"role": "staff"}]})
    assert "Select a valid choice" in said(draft(client, audiences=[saved.pk]))
    assert client.post(reverse("messaging:delete-audience", args=[saved.pk])).status_code == 404


def test_a_sender_limited_to_own_groups_reaches_nobody_else(client):
    teacher = make_person("staff")
    limited = make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"])
    client.force_login(limited)
    mine, other = registered(role="pupil", given_name="Mine"), registered(role="pupil", given_name="Other")
    make_group("class", "Maths 7", members=[teacher, mine])
    make_group("form", "9B", members=[other])
    group = make_group("class", "Maths 7")
    message = draft(client, roles=[], groups=[f"{group.pk}:pupils"])
    assert "Send 1 message" in said(client.get(address("check", message)))
    for fields in ({"roles": ["pupils"]}, {"roles": [], "people": [other.pk]}):
        message = draft(client, **fields)
        page = client.get(address("check", message))
        assert "own groups only" in said(page) and "Send 1 message" not in said(page)
        press_send(client, message)
        assert message.status == Status.DRAFT
    assert "Nobody matches." in said(client.post(NEW, {"do": "find", "q": other.reference}))


def test_a_system_administrator_is_never_limited_and_neither_is_a_second_profile(client):
    user = make_administrator()
    assert releasing.own_people(user) is None
    limited = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.own_groups"])
    assert releasing.own_people(limited) is not None
    other = make_sign_in(make_person("staff"), options=["messaging.write"])
    limited.groups.add(other.groups.get())
    assert releasing.own_people(limited) is None


def test_while_the_school_tries_out_only_testers_receive(client, sender):
    tester = registered(given_name="Tester")
    registered(2)
    SchoolSetting.objects.create(name="trial", value=True)
    SchoolSetting.objects.create(name="testers", value=f"{tester.reference}\nX1")
    counts = reach_of({"include": [{"role": "contacts"}]}, EnterpriseAccount.objects.the())
    assert counts == {None: 1, "no_tester": 2}


def test_the_numbers_are_live_while_choosing(client, sender):
    registered(2)
    make_person("contact")
    html = said(client.post(reverse("messaging:reach"), {"roles": ["contacts"]}))
    assert "<strong>2</strong> of 3 chosen would get it." in html and "never registered" in html
    assert "Nobody is chosen yet." in said(client.post(reverse("messaging:reach"), {}))
    assert client.post(reverse("messaging:reach"), {"groups": ["forged"]}).status_code == 204


# --- drafts ---


def test_a_draft_saves_itself_and_is_found_again(client, sender):
    answer = client.post(NEW, form(do="autosave")).json()
    message = Message.objects.get()
    assert answer["address"] == address("edit", message) and "Saved at" in answer["sentence"]
    answer = client.post(answer["address"], form(do="autosave", text="More", version=answer["version"])).json()
    message.refresh_from_db()
    assert (message.text, answer["version"]) == ("More", message.version)


def test_a_second_person_in_one_draft_is_told_and_loses_nothing(client, sender):
    message = draft(client)
    other = make_sign_in(make_person("staff", given_name="Colleague"), options=["messaging.write", "messaging.report"])
    client.force_login(other)
    client.post(address("edit", message), form(do="save", text="Theirs", version=message.version))
    client.force_login(sender)
    answer = client.post(address("edit", message), form(do="autosave", text="Mine", version=message.version))
    assert answer.status_code == 409 and "Colleague" in answer.json()["sentence"]
    page = client.post(address("edit", message), form(do="save", text="Mine", version=message.version))
    assert "Your text is below; save again to replace theirs." in said(page) and "Mine" in said(page)
    version = page.context["form"]["version"].value()
    client.post(address("edit", message), form(do="save", text="Mine", version=version))
    message.refresh_from_db()
    assert message.text == "Mine"
    assert "Colleague" not in said(client.get(address("edit", message)))


def test_a_copy_has_the_content_and_nothing_of_the_sending(client, sender):
    message = make_message(sender, text="Hello", translations={"zh-hans": "你好"}, urgent=True)
    client.post(address("copy", message))
    made = Message.objects.exclude(pk=message.pk).get()
    assert (made.status, made.text, made.translations, made.urgent, made.sent_at) == (
        Status.DRAFT,
        "Hello",
        {"zh-hans": "你好"},
        False,
        None,
    )


def test_templates_are_kept_used_changed_and_deleted(client, sender):
    response = client.post(NEW, form(do="template", text="Dear ((name))", text_zh_hans="尊敬的((姓名))"))
    page = client.get(response.url)
    assert "Dear ((name))" in said(page) and "尊敬的" in said(page)
    fields = {"name": "Greeting", "text": "Dear ((name))", "text_zh_hans": "尊敬的((姓名))"}
    client.post(reverse("messaging:new-template"), fields)
    template = Template.objects.get()
    assert template.translations == {"zh-hans": "尊敬的((姓名))"}
    assert "There is a template of this name already." in said(
        client.post(reverse("messaging:new-template"), fields | {"name": "greeting"})
    )
    html = said(client.post(reverse("messaging:edit-template", args=[template.pk]), fields | {"text": "((nmae))"}))
    assert "There is no field ((nmae))." in html and "((nmae))" in html
    assert "Dear ((name))" in said(client.get(f"{NEW}?template={template.pk}"))
    client.post(reverse("messaging:delete-template", args=[template.pk]))
    assert not Template.objects.exists()


# --- before it goes ---


def test_the_same_text_to_the_same_people_is_said_before_sending(client, sender):
    registered(2)
    message = draft(client)
    press_send(client, message)
    prepare(message.pk)
    again = draft(client)
    assert "This same text went to 2 of these people at" in said(client.get(address("check", again)))
    Message.objects.filter(pk=message.pk).update(sent_at=Now() - timedelta(hours=6))
    assert "This same text" not in said(client.get(address("check", again)))


def test_a_test_goes_to_its_author_alone_marked_and_counted_nowhere(client, sender, simulator):
    make_account()
    registration = make_registration(sender.person)
    address_book_client(EnterpriseAccount.objects.the()).create_member(
        userid=registration.userid, name="S", mobile=sender.person.mobile, department=[1], to_invite=False
    )
    simulator.scan(sender.person.mobile)
    registered(3)
    message = draft(client)
    assert "counted nowhere" in said(client.post(address("test", message), follow=True))
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    pump()
    ((userid, texts),) = simulator.inbox.items()
    (text,) = texts
    assert userid == registration.userid and text.startswith("Hello [Test ")
    message.refresh_from_db()
    assert message.status == Status.DRAFT and "[Test" not in said(client.get(reverse("messaging:sent")))


def test_who_is_not_registered_cannot_be_sent_a_test(client, sender):
    message = draft(client)
    assert "You are not registered yourself" in said(client.post(address("test", message), follow=True))


def test_the_preview_shows_a_persons_own_text_and_twenty_bytes_of_it(client, sender):
    person = registered(given_name="Mona", family_name="Lee")
    message = draft(client, text="Dear ((name)), the trip is cancelled.")
    assert "<mark>((name))</mark>" in said(client.get(address("check", message)))
    page = client.get(address("check", message), {"as": person.pk})
    assert "Dear Mona Lee, the trip is cancelled." in said(page)
    assert page.context["preview"].cut == "Dear Mona Lee, the t"
    assert page.context["calls"] == 1 and "The text is personal" in said(page)


def test_readers_who_get_the_main_text_are_counted(client, sender):
    registered(2)
    registered(language="zh-hant")
    page = said(client.get(address("check", draft(client, text_zh_hant="您好"))))
    assert "2 people read English and get the main text." in page and "繁體中文 and get" not in page


def test_those_not_reached_can_be_downloaded(client, sender):
    registered()
    make_person("contact", reference="NEVER1")
    text = b"".join(client.get(address("missed", draft(client))).streaming_content).decode()
    assert "NEVER1" in text and "never registered" in text and text.count("\r\n") == 2


def test_the_report_can_be_downloaded(client, sender):
    registered()
    make_person("contact", reference="NEVER1")
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    text = b"".join(client.get(address("export", message)).streaming_content).decode()
    assert "NEVER1" in text and "waiting" in text and text.count("\r\n") == 3


# --- kinds ---


def png(size=(400, 300)):
    data = io.BytesIO()
    Image.new("RGB", size, "navy").save(data, "PNG")
    return data.getvalue()


def upload(name, data):
    return SimpleUploadedFile(name, data)


@pytest.mark.parametrize(
    ("kind", "name", "data", "sentence"),
    [
        ("image", "a.png", b"", "empty"),
        ("file", "a.txt", b"12345", "larger than 5 bytes"),
        ("file", "a.bin", b"x" * (20 * 1024 * 1024 + 1), "must be 20 MB or smaller"),
        ("image", "a.png", b"not a picture", "not a PNG or JPEG picture"),
        ("image", "a.gif", png(), "ends in .jpg, .jpeg, .png"),
        ("video", "a.mp4", png(), "not an MP4 video"),
    ],
)
def test_each_bad_file_has_its_sentence(client, sender, kind, name, data, sentence):
    assert sentence in said(draft(client, kind=kind, title="T", file=upload(name, data)))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "image"}, "Choose the file to send."),
        ({"kind": "video", "text": ""}, "Write a title."),
        ({"kind": "textcard", "title": "T"}, "Write the address the card leads to."),
        ({"kind": "textcard", "title": "T", "address": "school.example"}, "with https:// in front"),
        ({"kind": "textcard", "title": "字" * 43, "address": "https://a.example"}, "must be 128 bytes or less"),
        ({"kind": "textcard", "title": "T", "address": "https://a.example", "text": "字" * 171}, "512 bytes or less"),
        ({"kind": "news"}, "Add at least one article."),
        ({"text": "((nmae))"}, "There is no field ((nmae))."),
        ({"text_zh_hans": "字" * 683}, "must be 2,048 bytes or less; it has 2,049."),
    ],
)
def test_what_a_kind_needs_is_said_at_the_field(client, sender, fields, sentence):
    assert sentence in said(draft(client, **fields))


@pytest.fixture
def phone(simulator):
    """One registered contact whose phone follows; returns what lies on it."""
    account = make_account()
    person = registered(mobile="+8613800138000")
    userid = person.registrations.get().userid
    address_book_client(account).create_member(
        userid=userid, name="A", mobile=person.mobile, department=[1], to_invite=False
    )
    simulator.scan(person.mobile)
    return lambda: list(simulator.inbox.get(userid, {}))


def send_now(client, message):
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    pump()
    message.refresh_from_db()
    return message


def test_a_picture_and_a_file_with_a_chinese_name_arrive(client, sender, phone, simulator):
    message = send_now(client, draft(client, kind="image", text="", file=upload("校园.png", png())))
    assert message.status == Status.FINISHED and phone() == ["[image] 校园.png"]
    message = send_now(client, draft(client, kind="file", text="", file=upload("七年级 成绩.pdf", b"%PDF-1.7 results")))
    assert message.status == Status.FINISHED and "[file] 七年级 成绩.pdf" in phone()
    assert simulator.calls("media/upload") == {0: 2}


def test_a_card_and_a_video_arrive(client, sender, phone):
    send_now(client, draft(client, kind="textcard", title="Trip", address="https://a.example/1", text="To the sea"))
    video = upload("trip.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 20)
    send_now(client, draft(client, kind="video", title="Film", text="Of the trip", file=video))
    assert sorted(phone()) == ["[textcard] Trip: To the sea", "[video] trip.mp4"]


def test_articles_with_pictures_arrive_and_their_pictures_are_public_and_unguessable(client, sender, phone):
    message = Message.objects.create(author=sender, audience={"include": [{"role": "contacts"}]}, kind="news")
    article = {"title": "Sports day", "description": "Photos", "address": "https://a.example/sports"}
    page = client.post(address("articles", message), article | {"picture": upload("a.png", png())}, follow=True)
    assert "not public here" in said(page)
    client.post(address("articles", message), article | {"title": "Concert"})
    picture = Attachment.objects.get()
    client.logout()
    response = client.get(reverse("messaging:article-picture", args=[picture.token]))
    assert response.status_code == 200 and response["Content-Type"] == "image/jpeg"
    assert client.get(reverse("messaging:article-picture", args=["guessed"])).status_code == 404
    client.force_login(sender)
    send_now(client, message)
    assert phone() == ["[news] Sports day; Concert"]
    body = (
        Batch.objects.get().body.tobytes() if hasattr(Batch.objects.get().body, "tobytes") else Batch.objects.get().body
    )
    assert f"/messaging/picture/{picture.token}.jpg".encode() in bytes(body)


def test_nine_articles_are_one_too_many_and_one_can_be_removed(client, sender):
    message = Message.objects.create(author=sender, kind="news")
    article = {"title": "A", "address": "https://a.example"}
    for _ in range(9):
        page = client.post(address("articles", message), article, follow=True)
    assert "8 articles at most" in said(page)
    message.refresh_from_db()
    assert len(message.articles) == 8
    client.post(reverse("messaging:remove-article", args=[message.pk, 0]))
    client.post(reverse("messaging:remove-article", args=[message.pk, 99]))
    message.refresh_from_db()
    assert len(message.articles) == 7


def test_an_attachment_is_uploaded_when_sending_starts_and_once(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    assert simulator.calls("media/upload") == {}
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    simulator.rule("error", call="message/send", code=-1)
    pump()
    Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    pump()
    message.refresh_from_db()
    assert message.status == Status.FINISHED and simulator.calls("media/upload") == {0: 1}
    assert phone() == ["[file] a.pdf"]


def test_a_file_that_wecom_no_longer_has_is_uploaded_again(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    prepare_all()
    upload_due()
    simulator.control("expire-media")
    for _ in range(2):
        Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
        pump()
    message.refresh_from_db()
    assert message.status == Status.FINISHED and phone() == ["[file] a.pdf"]
    assert simulator.calls("media/upload") == {0: 2}


def test_a_file_that_is_gone_while_in_doubt_ends_unknown(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    simulator.rule("drop", call="message/send")
    pump()
    simulator.control("expire-media")
    Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    pump()
    assert Batch.objects.get().state == Batch.State.UNKNOWN


def test_an_attachment_wecom_refuses_waits_for_a_person(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    simulator.rule("error", call="media/upload", code=45001)
    pump()
    message.refresh_from_db()
    assert (message.status, message.paused_reason, message.paused_code) == (Status.PAUSED, "attachment", 45001)
    client.post(address("resume", message))
    pump()
    message.refresh_from_db()
    assert message.status == Status.FINISHED


def test_a_name_cannot_break_the_header_of_the_upload():
    assert files.clean_name('a"\r\nX-Evil: 1\u202e/../成绩.pdf') == "aX-Evil 1..成绩.pdf"


def test_the_content_is_frozen_with_the_batch(client, sender, phone):
    message = draft(client, kind="textcard", title="Trip", address="https://a.example/1")
    press_send(client, message)
    prepare(message.pk)
    (claimed,) = claim(EnterpriseAccount.objects.the(), 5)
    Message.objects.update(title="Another")
    assert b'"title":"Trip"' in claimed.body


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "Write a message."),
        ({"kind": "file", "text": ""}, "Choose the file to send."),
        ({"kind": "textcard", "title": "T"}, "Write the address the card leads to."),
        ({"kind": "news"}, "Add at least one article."),
    ],
)
def test_a_saved_draft_that_is_not_whole_cannot_be_sent_around_the_form(client, sender, fields, sentence):
    registered()
    whole = draft(client)
    shown = client.get(address("check", whole)).context["shown"]
    message = draft(client, do="save", **fields)
    assert sentence in said(client.get(address("check", message), follow=True))
    Message.objects.filter(pk=whole.pk).update(kind=message.kind, text=message.text, title=message.title)
    client.post(address("send", whole), {"shown": shown})
    whole.refresh_from_db()
    assert whole.status == Status.DRAFT


def test_room_is_left_for_what_is_filled_in(client, sender):
    assert "must be 1,928 bytes or less; it has 1,929." in said(draft(client, text="((name))" + "x" * 1921))
    assert isinstance(draft(client, text="((date))" + "x" * 2040), Message)


@pytest.mark.parametrize("strange", ["²", "9" * 30, "x"])
def test_strange_numbers_in_a_form_are_nobody(client, sender, strange):
    response = client.post(NEW, form(do="find", people=[strange], not_people=[strange]))
    assert response.status_code == 200
    assert client.post(reverse("messaging:reach"), {"roles": ["staff"], "message": strange}).status_code == 200
