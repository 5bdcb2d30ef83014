"""The secretary's pages: writing, choosing, checking, sending, reading the report."""

import pytest
from django.core import signing
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from messaging.audience.people import people_of
from messaging.demo import make_message
from messaging.kinds import size_of
from messaging.models import Batch, Delivery, Message
from messaging.sending.preparing import prepare
from messaging.writing.forms import MessageForm
from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from portal.school.models import SchoolSetting
from registration.demo import make_registration
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount, SendingGate

pytestmark = pytest.mark.django_db
NEW = "/messaging/new/"


@pytest.fixture(autouse=True)
def account(doorbells):
    return make_account()


@pytest.fixture
def sender(client):
    user = make_sign_in(make_person("staff", given_name="Sender"), options=["messaging.write"])
    client.force_login(user)
    return user


def said(response):
    return response.content.decode()


def check(client, **fields):
    return client.post(NEW, {"do": "check", "text": "Hello", "roles": ["contacts"]} | fields)


# --- audience ---


def names(*clauses, account=None):
    rule = {"include": list(clauses)}
    return set(people_of(rule, EnterpriseAccount.objects.the()).values_list("given_name", "problem"))


@pytest.fixture
def school():
    """Two years of a form each; siblings; separated parents; a teacher who is a parent."""
    ming, anna, zoe = (make_person("pupil", given_name=name) for name in ("Ming", "Anna", "Zoe"))
    year7, year9 = make_group(name="Year 7"), make_group(name="Year 9")
    make_group("form", "7A", parent=year7, members=[ming])
    make_group("form", "9B", parent=year9, members=[anna, zoe])
    people = {
        name: make_person(role, given_name=name, **fields)
        for name, role, fields in [
            ("Mother", "contact", {}),
            ("Father", "contact", {}),
            ("Barred", "contact", {}),
            ("Teacher", "staff", {"is_contact": True}),
            ("Cook", "staff", {}),
        ]
    }
    relate(people["Mother"], ming)
    relate(people["Mother"], anna)
    relate(people["Father"], ming, may_receive_messages=False)
    relate(people["Father"], anna)
    relate(people["Barred"], ming, may_receive_messages=False)
    relate(people["Teacher"], zoe)
    for person in [*people.values(), ming, anna, zoe]:
        make_registration(person)
    return people | {"year7": year7, "year9": year9, "ming": ming}


def test_roles(school):
    assert names({"role": "staff"}) == {("Teacher", None), ("Cook", None)}
    assert names({"role": "pupils"}) == {("Ming", None), ("Anna", None), ("Zoe", None)}
    barred = ("Barred", "may_not_receive")
    assert names({"role": "contacts"}) == {("Mother", None), ("Father", None), ("Teacher", None), barred}


def test_a_year_holds_its_forms_and_their_contacts_flag_by_flag(school):
    year7, year9 = school["year7"].pk, school["year9"].pk
    assert names({"group": year7, "who": "pupils"}) == {("Ming", None)}
    assert names({"group": year7, "who": "contacts"}) == {
        ("Mother", None),
        ("Father", "may_not_receive"),
        ("Barred", "may_not_receive"),
    }
    assert names({"group": year9, "who": "contacts"}) == {("Mother", None), ("Father", None), ("Teacher", None)}


def test_whoever_is_meant_twice_is_there_once_and_one_way_in_is_enough(school):
    both = names({"group": school["year7"].pk, "who": "contacts"}, {"group": school["year9"].pk, "who": "contacts"})
    assert both == {("Mother", None), ("Father", None), ("Teacher", None), ("Barred", "may_not_receive")}
    rule = {"include": [{"role": "contacts"}, {"role": "staff"}, {"person": school["Teacher"].pk}]}
    found = list(people_of(rule, EnterpriseAccount.objects.the()).values_list("pk", flat=True))
    assert len(found) == len(set(found))


def test_contacts_of_a_pupil_who_has_left_are_not_meant(school):
    school["ming"].leaving_on = "2020-01-01"
    school["ming"].save()
    assert names({"group": school["year7"].pk, "who": "contacts"}) == set()


def test_single_people_everyone_registered_and_nobody(school):
    assert names({"person": school["Cook"].pk}) == {("Cook", None)}
    assert names({"person": school["Barred"].pk}) == {("Barred", "may_not_receive")}
    make_person("contact", given_name="Unregistered")
    assert "Unregistered" not in {name for name, _ in names({"role": "registered"})}
    assert names() == set()


def test_registrations_of_another_company_do_not_count(school):
    make_account(corporation_id="ww99999999")
    assert names({"person": school["Cook"].pk}) == {("Cook", "not_registered")}


# --- writing ---


def test_a_message_goes_from_writing_to_the_report(client, sender, school):
    response = check(client, groups=[f"{school['year7'].pk}:contacts"], roles=[])
    message = Message.objects.get()
    assert response.url == f"/messaging/{message.pk}/check/"
    page = client.get(response.url)
    assert (page.context["chosen"], page.context["reachable"]) == (3, 1)
    html = said(page)
    assert "Send 1 message<" in html and "may not receive messages" in html
    names_behind = said(client.get(response.url + "?who=may_not_receive"))
    assert "Father" in names_behind and "Barred" in names_behind
    assert (
        client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]}).url
        == f"/messaging/{message.pk}/"
    )
    prepare(message.pk)
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert "Mother" in html and "waiting" in html and 'hx-trigger="every 2s"' in html


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "Write a message."),
        ({"text": " \n \x00 "}, "Write a message."),
        ({"text": "x" * 2049}, "The message must be 2,048 bytes or less; it has 2,049."),
        ({"text": "雨" * 683}, "The message must be 2,048 bytes or less; it has 2,049."),
        ({"text": "😀" * 513}, "The message must be 2,048 bytes or less; it has 2,052."),
        ({"roles": []}, "Choose who the message is for."),
        ({"roles": ["everybody"]}, "Select a valid choice."),
        ({"groups": ["1:teachers"]}, "Select a valid choice."),
        ({"people": ["x"]}, "is not a valid value"),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(client, sender, fields, sentence):
    response = check(client, **fields)
    assert response.status_code == 200 and sentence in said(response)
    assert fields.get("text", "Hello").strip("\x00 \n")[:100] in said(response)
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["x" * 2048, "雨" * 682, "😀" * 512])
def test_exactly_the_limit_is_taken(client, sender, text):
    assert check(client, text=text).status_code == 302
    assert Message.objects.get().text == text


@given(st.text(min_size=1))
def test_what_the_form_takes_wecom_does_not_cut(text):
    form = MessageForm({"text": text})
    if form.is_valid():
        assert size_of(form.cleaned_data["text"]) <= 2048
        assert "\x00" not in form.cleaned_data["text"] and "\r" not in form.cleaned_data["text"]


def test_a_draft_is_saved_found_again_and_deleted_by_its_author_only(client, sender):
    client.post(NEW, {"do": "save", "text": "", "roles": ["staff"]})
    draft = Message.objects.get()
    html = said(client.get(f"/messaging/{draft.pk}/edit/"))
    assert 'value="staff" ' in html and "checked" in html
    assert "/edit/" in said(client.get("/messaging/drafts/"))
    other = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"])
    client.force_login(other)
    assert client.post(f"/messaging/{draft.pk}/delete/").status_code == 404
    client.force_login(sender)
    client.post(f"/messaging/{draft.pk}/delete/")
    assert not Message.objects.exists()


def test_people_are_found_by_name_and_stay_ticked(client, sender):
    grace = make_person("contact", given_name="Grace")
    html = said(client.post(NEW, {"do": "find", "q": "grace", "text": "typed"}))
    assert f'value="{grace.pk}"' in html and "typed" in html
    html = said(client.post(NEW, {"do": "find", "q": "nobody-of-this-name", "people": [grace.pk], "text": "typed"}))
    assert f'value="{grace.pk}" checked' in html and "Nobody matches." in html


# --- before it goes ---


def test_nobody_reachable_offers_no_button(client, sender):
    make_person("contact")
    html = said(client.get(check(client).url))
    assert "there is nobody to send to" in html and "Send 0" not in html
    message = Message.objects.get()
    shown = signing.dumps([message.pk, 1, 0, ""], salt="what the sender saw before pressing Send")
    client.post(f"/messaging/{message.pk}/send/", {"shown": shown})
    message.refresh_from_db()
    assert message.status == Message.Status.DRAFT


def test_not_linked_says_so_and_cannot_be_forced(client, sender):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    make_account(address_book_secret="")
    message = Message.objects.get()
    response = client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]}, follow=True)
    assert "is not linked, so nothing can be sent" in said(response)


@pytest.mark.parametrize("shown", ["", "forged", None])
def test_a_forged_number_sends_nothing(client, sender, shown):
    make_registration(make_person("contact"))
    check(client)
    message = Message.objects.get()
    client.post(f"/messaging/{message.pk}/send/", {"shown": shown} if shown is not None else {})
    message.refresh_from_db()
    assert message.status == Message.Status.DRAFT


def test_what_was_shown_of_one_message_does_not_send_another(client, sender):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    other = make_message(sender, status=Message.Status.DRAFT)
    client.post(f"/messaging/{other.pk}/send/", {"shown": page.context["shown"]})
    other.refresh_from_db()
    assert other.status == Message.Status.DRAFT


def test_send_pressed_twice_is_one_message(client, sender, doorbells, committed):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    message = Message.objects.get()
    with committed():
        for _ in range(2):
            response = client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]})
            assert response.url == f"/messaging/{message.pk}/"
    assert doorbells == ["messaging.tasks.pump"] and Message.objects.count() == 1


def test_changed_in_another_tab_means_checking_again(client, sender):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    message = Message.objects.get()
    client.post(f"/messaging/{message.pk}/edit/", {"do": "save", "text": "Changed", "roles": ["contacts"]})
    response = client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]}, follow=True)
    assert "The message was changed after you looked at it." in said(response)
    message.refresh_from_db()
    assert message.status == Message.Status.DRAFT


def test_a_sent_message_cannot_be_edited(client, sender):
    message = make_message(sender)
    assert client.get(f"/messaging/{message.pk}/edit/").url == f"/messaging/{message.pk}/"
    client.post(f"/messaging/{message.pk}/edit/", {"do": "save", "text": "too late", "roles": ["staff"]})
    message.refresh_from_db()
    assert message.text != "too late"


# --- the report ---


def test_every_state_has_its_number_and_the_sum_is_shown(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.ACCEPTED)
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert "?show=accepted" in html and "?show=may_not_receive" in html
    only = client.get(f"/messaging/{message.pk}/?show=may_not_receive")
    assert [row.person.given_name for row in only.context["page"].rows] == ["Barred"]
    assert sum(count for _, _, count in only.context["counts"]) == only.context["total"] == 4


def test_polling_ends_when_the_sending_has_ended(client, sender):
    message = make_message(sender, status=Message.Status.FINISHED, final_counts={"accepted": 1}, recipients=1)
    assert client.get(f"/messaging/{message.pk}/progress/").headers["HX-Refresh"] == "true"
    assert "hx-get" not in said(client.get(f"/messaging/{message.pk}/")).split('id="progress"')[1].split(">")[0]


def test_stopping_asks_with_the_number_and_says_what_became(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    assert "About 0 have been sent. Stop the rest?" in said(client.get(f"/messaging/{message.pk}/stop/"))
    client.post(f"/messaging/{message.pk}/stop/")
    assert "stopping" in said(client.get(f"/messaging/{message.pk}/"))
    Message.objects.update(status="cancelled", final_counts={"accepted": 240, "cancelled": 371})
    assert "Stopped: 240 accepted, 371 not sent, 0 unknown." in said(client.get(f"/messaging/{message.pk}/"))


def test_why_a_message_waits_is_said(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    assert "Saved. Sending starts when WeCom answers." in said(client.get(f"/messaging/{message.pk}/"))
    SendingGate.objects.hold(60020)
    assert "WeCom does not trust the address we call from." in said(client.get(f"/messaging/{message.pk}/"))
    SendingGate.objects.lift_hold()
    Message.objects.update(status="paused", paused_reason="same text")
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert "Make it differ: add the time" in html and "Leave it" in html


def test_unknown_offers_to_send_again_with_a_warning(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.UNKNOWN)
    Message.objects.update(status="finished")
    assert "Send again to these 3" in said(client.get(f"/messaging/{message.pk}/"))
    response = client.post(f"/messaging/{message.pk}/again/", follow=True)
    assert "Some of them may get the message twice." in said(response)
    draft = Message.objects.latest("pk")
    client.post(f"/messaging/{draft.pk}/edit/", {"do": "save", "text": "Changed"})
    draft.refresh_from_db()
    assert draft.audience == {"include": [{"unknown_of": message.pk}]}, "editing keeps who it is for"


def test_reports_of_others_need_the_option(client, sender):
    message = make_message(make_sign_in(make_person("staff"), options=["messaging.write"]))
    assert client.get(f"/messaging/{message.pk}/").status_code == 404
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"]))
    assert client.get(f"/messaging/{message.pk}/").status_code == 200


@pytest.mark.parametrize(
    "address", ["/messaging/", "/messaging/drafts/", "/", "{message}", "{message}progress/", "{draft}check/"]
)
def test_a_page_costs_the_same_for_one_and_for_many(client, sender, address, django_assert_max_num_queries):
    for _ in range(30):
        make_registration(make_person("contact"))
    rule = {"include": [{"role": "contacts"}]}
    for _ in range(12):
        message = make_message(sender, rule=rule)
        draft = make_message(sender, rule=rule, status=Message.Status.DRAFT)
    prepare(message.pk)
    assert Delivery.objects.count() == 30
    with django_assert_max_num_queries(28):
        response = client.get(address.format(message=f"/messaging/{message.pk}/", draft=f"/messaging/{draft.pk}/"))
    assert response.status_code == 200


def test_lists_page_by_key(client, sender):
    for number in range(60):
        make_message(sender, text=f"number {number}")
    first = said(client.get("/messaging/"))
    assert "number 59" in first and "number 9<" not in first
    older = client.get("/messaging/").context["page"].older
    assert "number 9<" in said(client.get(f"/messaging/?before={older}"))
    assert client.get("/messaging/?before=nonsense").status_code == 200


def test_what_was_used_today_is_said_before_sending(client, sender):
    make_registration(make_person("contact"))
    message = make_message(sender)
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.ACCEPTED, first_attempt_at=timezone.now())
    page = client.get(check(client).url)
    assert "1 call to WeCom. Used today: 1." in said(page)
    SchoolSetting.objects.create(name="member_limit", value=500)
    assert "Used today: 1 of 100000." in said(client.get(f"/messaging/{Message.objects.latest('pk').pk}/check/"))
