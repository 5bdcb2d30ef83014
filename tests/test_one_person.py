"""Everything about one person: handed out whole, erased in place, erased again after a restore."""

import json

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import TextField
from django.db.models.functions import Cast
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Batch, Delivery, Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.ledger import outside
from portal.people.demo import make_group, make_person, relate
from portal.people.merging.actions import merge
from portal.people.models import Erasure, Person, Proposal, Relationship
from portal.people.one_person import lists
from portal.people.one_person.actions import ErasureRefused, erase, erase_again, export_of, write_the_list_down
from portal.people.one_person.parts import parts
from registration import erasing
from registration.demo import make_registration
from registration.models import PersonalCode, Registration
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
NAME, NUMBER, ADDRESS = "Quillfeather", "+8613800138001", "quill@families.example"


@pytest.fixture(autouse=True)
def list_of_its_own(monkeypatch):
    """What other tests erased is not in it."""
    kept = []
    monkeypatch.setattr(outside, "add_to", lambda name, lines: kept.extend(lines))
    monkeypatch.setattr(outside, "all_of", lambda name: set(kept))
    return kept


@pytest.fixture
def administrator(doorbells):
    make_account()
    return make_administrator()


@pytest.fixture
def parent(administrator):
    """A registered parent of a pupil, with a sign-in, a code, a proposal and a message of their own."""
    parent = make_person("contact", given_name="Ana", family_name=NAME, mobile=NUMBER, email=ADDRESS, reference="QF1")
    pupil = make_person("pupil", given_name="Ming")
    relate(parent, pupil)
    make_group(members=[parent])
    make_registration(parent, mobile=NUMBER, userid="sp-77", created_by_us=True, known_by=NUMBER)
    user = make_sign_in(parent)
    user.first_name = NAME
    user.save()
    PersonalCode.objects.create(person=parent, way=PersonalCode.Way.PRINT, code_hash="x" * 64)
    Proposal.objects.create(person=parent, what="name", before={}, values={"family_name": NAME + "s"})
    message = make_message(administrator, text="Dear ((name))", rule={"include": [{"person": parent.pk}]})
    prepare(message.pk)
    Batch.objects.update(
        state=Batch.State.ACCEPTED, body=json.dumps({"text": {"content": f"Dear Ana {NAME}"}}).encode()
    )
    Message.objects.update(status=Message.Status.FINISHED, final_counts={"accepted": 1})
    return parent


def where_it_stands(*texts):
    """Tables whose rows still hold one of these, but for the trail, which is kept."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            for text in texts:
                if field.get_internal_type() == "BinaryField":
                    held = any(
                        text.encode() in bytes(value or b"")
                        for value in model._base_manager.values_list(field.name, flat=True)
                    )
                else:
                    rows = model._base_manager.annotate(as_text=Cast(field.attname, TextField()))
                    held = rows.filter(as_text__icontains=text).exists()
                if held:
                    found.add(f"{model._meta.label}.{field.name}")
    return {place for place in found if not place.startswith("audit.")}


def test_every_model_with_a_key_to_a_person_is_named_by_a_part():
    with_a_key = {
        model._meta.label
        for model in apps.get_models()
        if any(field.related_model is Person for field in model._meta.concrete_fields if field.is_relation)
    }
    named = {label for part in parts() for label in (*part.models, *part.stays)}
    assert with_a_key <= named, f"no part says what becomes of {with_a_key - named}"


def test_nothing_tells_any_more_who_it_was(parent, administrator, committed):
    with committed():
        erase(person=parent, by=administrator)
    Registration.objects.update(removed_at="2026-01-01T00:00Z")
    erasing.forget_numbers_of_removed_members()
    assert where_it_stands(NAME, NUMBER, ADDRESS) == set()


def test_rows_and_numbers_stay(parent, administrator):
    erase(person=parent, by=administrator)
    assert Delivery.objects.get().person_id == parent.pk
    assert Message.objects.get().counts == {"accepted": 1}
    assert Person.everybody.filter(pk=parent.pk).exists() and not Person.objects.filter(pk=parent.pk).exists()
    assert not Relationship.objects.exists()


def test_their_sign_in_and_their_code_open_nothing(parent, administrator, client):
    client.force_login(parent.user)
    client.get(reverse("my-details"))
    erase(person=parent, by=administrator)
    parent.user.refresh_from_db()
    assert not parent.user.is_active and not parent.user.has_usable_password()
    assert client.get(reverse("my-details")).status_code == 302
    assert not PersonalCode.objects.exists()
    assert not Session.objects.filter(pk=client.session.session_key).exists()


def test_their_member_is_removed_at_wecom_and_their_number_kept_only_until_then(parent, administrator):
    erase(person=parent, by=administrator)
    registration = Registration.objects.get()
    assert registration.status == Registration.Status.WITHDRAWN and registration.removal_asked_at
    erasing.forget_numbers_of_removed_members()
    registration.refresh_from_db()
    assert registration.mobile == NUMBER
    Registration.objects.update(removed_at="2026-01-01T00:00Z")
    erasing.forget_numbers_of_removed_members()
    registration.refresh_from_db()
    assert (registration.mobile, registration.known_by) == ("", "")


def test_nobody_inherits_their_member_before_it_is_removed(parent, administrator):
    erase(person=parent, by=administrator)
    assert Registration.objects.left_with(mobiles=[NUMBER]).exists()


def test_a_row_that_was_merged_into_theirs_goes_with_it(parent, administrator):
    other = make_person("contact", family_name=NAME + "e", mobile="", reference="QF2")
    merge(kept=parent, gone=other, stays={}, by=administrator)
    erase(person=parent, by=administrator)
    Registration.objects.update(mobile="", known_by="", email="")
    assert where_it_stands(NAME, "QF2") == set()


def test_the_trail_says_who_erased_and_not_whom_by_name(parent, administrator):
    erase(person=parent, by=administrator)
    event = AuditEvent.objects.filter(act="erased a person").get()
    assert event.actor == administrator and event.subject == f"person {parent.pk}"


def test_nobody_is_erased_while_a_message_to_them_is_on_its_way(parent, administrator):
    Batch.objects.update(state=Batch.State.UNCERTAIN)
    with pytest.raises(ErasureRefused):
        erase(person=parent, by=administrator)
    assert Person.objects.get(pk=parent.pk).family_name == NAME


def test_nobody_who_holds_menu_options_is_erased(administrator):
    colleague = make_sign_in(make_person("staff"), options=["messaging.write"])
    with pytest.raises(ErasureRefused):
        erase(person=colleague.person, by=administrator)


def put_back(parent):
    """As a backup brings them: the row as it was, and nothing of the erasure."""
    Erasure.objects.all().delete()
    parent.save()
    Person.everybody.filter(pk=parent.pk).update(erased_at=None, reference=parent.reference)


def test_after_a_restore_they_are_erased_again(parent, administrator, committed):
    with committed():
        erase(person=parent, by=administrator)
    put_back(parent)
    assert Person.objects.get(pk=parent.pk).family_name == NAME
    assert erase_again() == 1
    assert not Person.objects.filter(pk=parent.pk).exists()
    assert erase_again() == 0


def test_somebody_else_of_the_same_key_is_left_alone(parent, administrator, committed):
    """A list that stayed in Redis meets the database of another school, or a new one."""
    with committed():
        erase(person=parent, by=administrator)
    put_back(parent)
    Person.everybody.filter(pk=parent.pk).update(reference="OTHER", reference_key="other")
    assert erase_again() == 0
    assert Person.objects.get(pk=parent.pk).family_name == NAME


def test_the_list_beside_the_mark_names_nobody(parent, administrator, committed, list_of_its_own):
    with committed():
        erase(person=parent, by=administrator)
    assert len(list_of_its_own) == 1
    assert not any(text in list_of_its_own[0] for text in (NAME, NUMBER, ADDRESS, "QF1"))


def test_what_could_not_be_written_beside_the_mark_is_written_later(parent, administrator, committed, monkeypatch):
    def away(name, lines):
        raise outside.Away

    kept = []
    with monkeypatch.context() as patch, committed():
        patch.setattr(outside, "add_to", away)
        erase(person=parent, by=administrator)
    assert Erasure.objects.get().written_down_at is None
    monkeypatch.setattr(outside, "add_to", lambda name, lines: kept.extend(lines))
    write_the_list_down()
    assert kept and Erasure.objects.get().written_down_at


def test_everything_is_handed_out_with_its_names(parent):
    held = json.dumps(export_of(parent), ensure_ascii=False)
    for text in (NAME, NUMBER, ADDRESS, "QF1", "mother", "consented_at", "What they were sent", "Dear Ana"):
        assert text in held


def test_only_a_system_administrator_sees_and_erases(client, parent, administrator):
    client.force_login(make_sign_in(make_person("staff"), options=["people.view", "people.change", "audit.view"]))
    assert client.get(reverse("held", args=[parent.pk])).status_code == 403
    assert client.get(reverse("download-held", args=[parent.pk])).status_code == 403
    assert client.post(reverse("erase", args=[parent.pk]), {"reference": "QF1"}).status_code == 403
    assert "Everything held" not in client.get(reverse("person", args=[parent.pk])).content.decode()


def test_the_page_names_what_is_lost_and_asks_for_the_reference(client, parent, administrator):
    client.force_login(administrator)
    assert reverse("held", args=[parent.pk]) in client.get(reverse("person", args=[parent.pk])).content.decode()
    page = client.get(reverse("held", args=[parent.pk])).content.decode()
    assert NAME in page and "member at WeCom is removed" in page
    client.post(reverse("erase", args=[parent.pk]), {"reference": "something"})
    assert Person.objects.filter(pk=parent.pk).exists()
    client.post(reverse("erase", args=[parent.pk]), {"reference": "QF1"})
    assert not Person.objects.filter(pk=parent.pk).exists()
    assert client.get(reverse("person", args=[parent.pk])).status_code == 404


def test_what_is_handed_out_is_a_file_that_programs_read(client, parent, administrator):
    client.force_login(administrator)
    response = client.get(reverse("download-held", args=[parent.pk]))
    assert response["Content-Disposition"].startswith("attachment")
    assert NAME in json.dumps(response.json(), ensure_ascii=False)


@pytest.mark.parametrize("is_small", [True, False], ids=["files", "Redis"])
def test_the_list_is_kept_where_the_mark_is(is_small, settings, monkeypatch):
    monkeypatch.undo()
    if not is_small and settings.SMALL_BROKER:
        pytest.skip("needs a Redis")
    settings.SMALL_BROKER = is_small
    before = outside.all_of("tested")
    outside.add_to("tested", ["1:a", "2:b"])
    outside.add_to("tested", ["2:b"])
    assert outside.all_of("tested") == before | {"1:a", "2:b"}
    assert lists.read() is not None
