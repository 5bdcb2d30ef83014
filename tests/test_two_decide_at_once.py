"""Two presses at the same instant on PostgreSQL: one draft, eight articles, and a release or an undo, never both."""

import pytest

from messaging import releasing
from messaging.audience.people import digest_of
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.material.actions import add_article
from messaging.models import Message
from messaging.writing.actions import create_draft
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.demo import make_registration
from wechat_admin.demo import make_account

from .at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Status = Message.Status


def test_one_page_sent_eight_times_at_once_is_one_draft():
    user = make_sign_in(make_person("staff"))
    made = at_once(*[lambda: create_draft(text="Hello", rule={"include": []}, by=user, creation="token").pk] * 8)
    assert len(made) == 8 and set(made) == {Message.objects.get().pk}


def test_fourteen_articles_at_once_are_eight():
    user = make_sign_in(make_person("staff"))
    message = Message.objects.create(author=user, kind="news")

    def add(number):
        article = {"title": f"A{number}", "description": "", "url": "https://a.example"}

        def press():
            add_article(message=message, article=article, picture=b"x", by=user)

        return press

    outcomes = at_once(*map(add, range(14)), refusals=MessageRefused)
    message.refresh_from_db()
    assert len(message.articles) == message.attachments.count() == 8
    assert outcomes.count("MessageRefused") == 6


@pytest.mark.parametrize("_round", range(5))
def test_a_release_and_an_undo_at_once_are_one_of_both(_round):
    make_account()
    make_registration(make_person("contact"))
    author, second = make_sign_in(make_person("staff")), make_sign_in(make_person("staff"))
    message = make_message(author, status=Status.AWAITING, sent_by=author)
    seen = {
        "version": message.version,
        "shown_count": 1,
        "shown_digest": digest_of(message.rule, message.account),
    }
    outcomes = at_once(
        lambda: ("released", releasing.release(message=message, by=second, **seen)),
        lambda: ("taken back", releasing.take_back(message=Message(pk=message.pk), by=author)),
        refusals=MessageRefused,
    )
    message.refresh_from_db()
    # Taken back after the release, within the seconds of Undo, it is a draft too; released after it, it is not.
    assert message.status == (Status.DRAFT if ("taken back", True) in outcomes else Status.PREPARING)
    assert ("released", True) in outcomes or message.released_by is None


def test_of_two_who_release_at_once_one_does():
    make_account()
    make_registration(make_person("contact"))
    users = [make_sign_in(make_person("staff")) for _ in range(3)]
    message = make_message(users[0], status=Status.AWAITING, sent_by=users[0])
    digest = digest_of(message.rule, message.account)

    def press(user):
        mine = Message.objects.get(pk=message.pk)
        return lambda: releasing.release(message=mine, version=1, shown_count=1, shown_digest=digest, by=user)

    assert sorted(at_once(press(users[1]), press(users[2]))) == [False, True]
