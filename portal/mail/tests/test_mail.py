"""Letters leave from rows: later where the server is away, once whatever dies, at the server's pace."""

import smtplib
import socket
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as Memory
from django.db import connection, transaction
from django.test.utils import override_settings

from portal.ledger import mark
from portal.ledger.models import Mark
from portal.ledger.open_work import all_open
from portal.mail import kinds, sending
from portal.mail.actions import post, post_to_many, take_back
from portal.mail.kinds import Written
from portal.mail.models import Letter, MailServer

pytestmark = pytest.mark.django_db
State = Letter.State


class Killed(BaseException):
    """What a process that is killed does not catch."""


@pytest.fixture(autouse=True)
def writer(monkeypatch):
    monkeypatch.setattr(kinds, "_writers", {"test": lambda row: Written(f"{row.about}@family.example", "Dear", "…")})


def three_letters():
    return post_to_many(kinds=[("test", number) for number in (1, 2, 3)])


def addresses():
    return sorted(letter.to[0] for letter in mail.outbox)


def states():
    return list(Letter.objects.order_by("pk").values_list("state", flat=True))


def later(**times):
    """Time passes: everything that was written down happened that much earlier."""
    passed = timedelta(**times)
    for name in ("next_attempt_at", "taken_at", "begun_at", "posted_at"):
        for row in Letter.objects.exclude(**{name: None}):
            Letter.objects.filter(pk=row.pk).update(**{name: getattr(row, name) - passed})
    for server in MailServer.objects.exclude(ask_again_at=None):
        MailServer.objects.filter(pk=server.pk).update(ask_again_at=server.ask_again_at - passed)


def test_many_letters_leave_over_one_connection(monkeypatch):
    opened = []
    monkeypatch.setattr(Memory, "open", lambda self: opened.append(self), raising=False)
    three_letters()
    sending.send_due()
    assert addresses() == ["1@family.example", "2@family.example", "3@family.example"]
    assert len(set(opened)) == 1 and states() == [State.SENT] * 3


def test_while_the_server_is_away_letters_wait_and_it_is_asked_after_doubling_pauses(monkeypatch):
    asked = []

    def refuse(self):
        asked.append(self)
        raise ConnectionRefusedError

    three_letters()
    with monkeypatch.context() as away:
        away.setattr(Memory, "open", refuse, raising=False)
        for times, pause in enumerate([5, 10, 20, 40], start=1):
            sending.send_due()
            sending.send_due()
            assert len(asked) == times and states() == [State.WAITING] * 3
            later(seconds=pause - 2)
            sending.send_due()
            assert len(asked) == times
            later(seconds=3)
    sending.send_due()
    assert states() == [State.SENT] * 3 and MailServer.objects.get().failures == 0


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_run_killed_before_a_letter_begins_writes_to_nobody_twice_and_forgets_nobody(monkeypatch, nth):
    three_letters()
    begin, seen = sending._begin, []

    def die_at_the_nth(letter):
        seen.append(letter)
        if len(seen) == nth:
            raise Killed
        return begin(letter)

    with monkeypatch.context() as deadly, pytest.raises(Killed):
        deadly.setattr(sending, "_begin", die_at_the_nth)
        sending.send_due()
    sending.send_due()
    assert len(mail.outbox) == nth - 1  # the lease still stands
    later(minutes=6)
    sending.free_the_lost()
    sending.send_due()
    assert addresses() == ["1@family.example", "2@family.example", "3@family.example"]


def test_a_letter_in_the_air_when_the_run_was_killed_is_unknown_and_no_second_one_leaves(monkeypatch):
    three_letters()
    with monkeypatch.context() as deadly, pytest.raises(Killed):
        deadly.setattr(sending, "_end", lambda letter, state: (_ for _ in ()).throw(Killed))
        sending.send_due()
    later(minutes=6)
    sending.free_the_lost()
    sending.send_due()
    assert states() == [State.UNKNOWN, State.SENT, State.SENT]
    assert addresses() == ["1@family.example", "2@family.example", "3@family.example"]


def test_a_worker_whose_lease_is_over_sends_nothing_of_it():
    three_letters()
    [taken, *_] = sending.take()
    later(minutes=6)
    sending.free_the_lost()
    assert not sending._begin(taken)


def refuse_with(monkeypatch, error):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(error))


def test_what_the_server_refuses_for_now_is_tried_again_after_doubling_pauses_and_not_for_ever(monkeypatch):
    [row] = post_to_many(kinds=[("test", 1)])
    with monkeypatch.context() as busy:
        refuse_with(busy, smtplib.SMTPRecipientsRefused({"1@family.example": (451, b"greylisted")}))
        for minutes in (1, 2, 4, 8):
            sending.send_due()
            row.refresh_from_db()
            attempts = row.attempts
            later(minutes=minutes, seconds=-5)
            sending.send_due()
            row.refresh_from_db()
            assert (row.state, row.attempts) == (State.WAITING, attempts)
            later(seconds=6)
        for _ in range(10):
            later(hours=1)
            sending.send_due()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, 10)


def test_one_letter_that_is_refused_for_good_or_cannot_be_written_stops_no_other(monkeypatch):
    def write(row):
        if row.about == 1:
            raise KeyError("no such thing")
        return Written(f"{row.about}@family.example", "a\nb" if row.about == 2 else "Dear", "…")

    monkeypatch.setitem(kinds._writers, "test", write)
    three_letters()
    sending.send_due()
    assert states() == [State.FAILED, State.FAILED, State.SENT]
    assert list(Letter.objects.order_by("pk").values_list("why", flat=True)) == ["unwritten", "address", ""]


def test_what_the_server_refuses_for_good_is_kept_with_its_code(monkeypatch):
    [row] = post_to_many(kinds=[("test", 1)])
    refuse_with(monkeypatch, smtplib.SMTPRecipientsRefused({"1@family.example": (550, b"no such user")}))
    sending.send_due()
    row.refresh_from_db()
    assert (row.state, row.why, row.smtp_code) == (State.FAILED, "refused", 550)


def test_what_cannot_be_delivered_goes_back_to_an_address_of_its_own(settings):
    settings.EMAIL_BOUNCES = "bounces@school.example"
    post_to_many(kinds=[("test", 1)])
    sending.send_due()
    [letter] = mail.outbox
    assert letter.from_email == "bounces@school.example"
    assert letter.message()["From"] == settings.DEFAULT_FROM_EMAIL


def test_whoever_is_gone_is_not_written_to(monkeypatch):
    monkeypatch.setitem(kinds._writers, "test", lambda row: None)
    three_letters()
    sending.send_due()
    assert states() == [State.NOBODY] * 3 and mail.outbox == []


@override_settings(EMAILS_A_MINUTE=12)
def test_no_more_leave_than_the_pace_allows_and_those_somebody_waits_for_leave_first(monkeypatch):
    three_letters()
    post(kind="test", about=9)
    monkeypatch.setattr(sending, "A_RUN", 0.5)
    sending.send_due()
    assert [letter.to[0] for letter in mail.outbox] == ["9@family.example", "1@family.example"]
    later(seconds=11)
    sending.send_due()
    assert len(mail.outbox) == 4


def test_mail_that_is_held_stays_whole_until_it_is_released():
    three_letters()
    mark.hold()
    sending.send_due()
    assert mail.outbox == [] and states() == [State.WAITING] * 3
    assert mark.release(Mark.objects.get().name)
    sending.send_due()
    assert len(mail.outbox) == 3


def test_after_a_restore_no_letter_leaves_a_second_time():
    three_letters()
    assert not mark.held()
    backup = transaction.savepoint()
    sending.send_due()
    transaction.savepoint_rollback(backup)
    assert states() == [State.WAITING] * 3
    sending.send_due()
    assert len(mail.outbox) == 3
    assert [work.waiting for work in all_open()] == [3]


def test_letters_whose_mark_cannot_be_written_down_go_back(monkeypatch):
    three_letters()
    monkeypatch.setattr(mark, "write_down", lambda: False)
    assert sending.take() == [] and states() == [State.WAITING] * 3


def test_what_was_taken_back_never_leaves():
    letters = post_to_many(kinds=[("test", 1), ("test", 2)], start_in=timedelta(seconds=30))
    sending.send_due()
    assert mail.outbox == []
    assert take_back(Letter.objects.filter(pk=letters[0].pk)) == 1
    later(seconds=31)
    sending.send_due()
    assert addresses() == ["2@family.example"] and take_back(Letter.objects.all()) == 0


# --- a real conversation ---


class MailServerThatHangsUp:
    """Speaks SMTP and hangs up at the first `word`, once; then it behaves. Knows what it took."""

    def __init__(self, word):
        self.word, self.taken = word, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line, line.makefile("rw", newline="\r\n") as talk:
                self._speak(talk)

    def _speak(self, talk):
        def say(words):
            talk.write(words + "\n")
            talk.flush()

        say("220 here")
        while command := talk.readline():
            word = command.split()[0].split(":")[0].upper()
            if word == self.word:
                self.word = None
                return
            if word == "DATA":
                say("354 go on")
                while talk.readline().strip() != ".":
                    pass
                if self.word == ".":
                    self.word = None
                    return
                self.taken.append(1)
            elif word == "QUIT":
                say("221 bye")
                return
            say("250 ok")


@pytest.mark.parametrize(
    ("word", "first", "taken"), [("MAIL", State.SENT, 3), ("RCPT", State.SENT, 3), (".", State.UNKNOWN, 2)]
)
def test_a_line_that_breaks_costs_nobody_a_letter_and_gives_nobody_two(word, first, taken):
    server = MailServerThatHangsUp(word)
    three_letters()
    smtp = {"EMAIL_BACKEND": "portal.mail.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port}
    with override_settings(EMAIL_HOST_USER="", EMAIL_USE_TLS=False, EMAIL_USE_SSL=False, **smtp):
        sending.send_due()
        later(seconds=6)
        sending.send_due()
    server.socket.close()
    assert states() == [first, State.SENT, State.SENT] and len(server.taken) == taken


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_letter_once():
    post_to_many(kinds=[("test", number) for number in range(200)])
    begin = threading.Barrier(2)

    def work():
        begin.wait()
        sending.send_due()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert len(addresses()) == len(set(addresses())) == 200
    assert Letter.objects.filter(state=State.SENT).count() == 200
