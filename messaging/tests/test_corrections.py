"""A correction goes to exactly those whom the message went to, and says that it is one."""

import pytest

from messaging.demo import make_message
from messaging.models import Batch, Delivery, Message
from messaging.sending.preparing import prepare

from .desk import address, png, registered, said

pytestmark = pytest.mark.django_db
CONTACTS = {"include": [{"role": "contacts"}]}


def sent(author, **fields):
    message = make_message(author, rule=CONTACTS, **fields)
    prepare(message.pk)
    Batch.objects.update(state="accepted")
    Message.objects.filter(pk=message.pk).update(status="finished")
    message.refresh_from_db()
    return message


def corrected(client, message):
    client.post(address("correct", message))
    return Message.objects.latest("pk")


def test_it_goes_to_exactly_those_who_have_it(client, sender):
    got, unsure, refused = registered(3)
    message = sent(sender)
    for number, (person, state) in enumerate(((unsure, "unknown"), (refused, "rejected")), 10):
        batch = Batch.objects.create(message=message, number=number, size=1, state=state)
        Delivery.objects.filter(person=person).update(batch=batch)
    registered()  # came later
    draft = corrected(client, message)
    Message.objects.filter(pk=draft.pk).update(status="preparing")
    prepare(draft.pk)
    assert set(draft.deliveries.values_list("person", flat=True)) == {got.pk, unsure.pk}


@pytest.mark.parametrize(
    ("text", "begins"), [("The bus leaves at 8.", "Correction: The bus"), ("校车八点出发。", "更正：校车")]
)
def test_it_says_so_in_every_language(client, sender, text, begins):
    registered()
    draft = corrected(client, sent(sender, text=text, translations={"zh-hant": "校車", "en": "Bus"}))
    assert draft.text.startswith(begins)
    assert draft.translations == {"zh-hant": "更正：校車", "en": "Correction: Bus"}
    assert draft.is_draft and draft.author == sender


def test_a_title_says_so_where_there_is_room(client, sender):
    registered()
    card = {"kind": "textcard", "address": "https://school.example/"}
    assert corrected(client, sent(sender, title="Sports day", **card)).title == "Correction: Sports day"
    assert corrected(client, sent(sender, title="S" * 128, **card)).title == "S" * 128


def test_a_picture_is_corrected_by_a_text(client, sender):
    registered()
    message = make_message(sender, rule=CONTACTS, kind="image", text="")
    message.attachments.create(name="a.png", size=1, data=png())
    prepare(message.pk)
    draft = corrected(client, message)
    assert (draft.kind, draft.text, draft.attachments.count()) == ("text", "Correction: ", 0)


def test_pressed_twice_it_is_one_draft_and_it_opens_to_be_written(client, sender):
    registered()
    message = sent(sender)
    page = client.get(address("message", message))
    assert "Write a correction" in said(page)
    token = {"creation": page.context["creation"]}
    for _press in range(2):
        response = client.post(address("correct", message), token, follow=True)
    assert Message.objects.count() == 2 and "Correction: The school closes" in said(response)
    draft = Message.objects.latest("pk")
    client.post(address("edit", draft), {"do": "save", "text": "Correction: it opens"})
    draft.refresh_from_db()
    assert draft.audience["include"][0]["of_message"] == message.pk, "editing keeps who it is for"


def test_what_has_not_gone_is_corrected_by_taking_it_back(client, sender):
    message = make_message(sender)
    client.post(address("correct", message))
    assert Message.objects.count() == 1
