"""What a secretary does, in a word each."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.urls import reverse
from PIL import Image

from messaging.models import Batch, Message
from messaging.tasks import pump
from portal.people.demo import make_person
from registration.demo import make_registration

NEW = "/messaging/new/"


def said(response):
    """The page as it reads, its blanks folded."""
    return " ".join(response.content.decode().split())


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


def check(client, **fields):
    return client.post(NEW, form(**fields))


def address(name, message):
    return reverse(f"messaging:{name}", args=[message.pk])


def press_send(client, message):
    page = client.get(address("check", message))
    response = client.post(address("send", message), {"shown": page.context["shown"]}, follow=True)
    message.refresh_from_db()
    return response


def press(client, name, message):
    """A button of the message's page as it stands now."""
    message.refresh_from_db()
    response = client.post(address(name, message), {"shown": message.shown_state}, follow=True)
    message.refresh_from_db()
    return response


def send_now(client, message):
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    pump()
    message.refresh_from_db()
    return message


def upload(name, data):
    return SimpleUploadedFile(name, data)


def png(size=(400, 300)):
    data = io.BytesIO()
    Image.new("RGB", size, "navy").save(data, "PNG")
    return data.getvalue()
