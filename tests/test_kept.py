"""What holds data of people is kept by a rule, or named here with the reason why it stays: a new model is neither, and fails."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import CASCADE
from django.db.models.functions import Now

from portal import periodic
from portal.access import sessions, tries, viewing
from portal.audit import retention
from portal.mail.models import Letter
from portal.notices.sweeps import forget_what_was_long_ago
from portal.people.demo import make_person
from portal.people.models import Person, User
from portal.people.sweeps import forget_imports
from portal.school.keeping import YEAR, kinds
from registration import keeping
from registration.demo import make_registration
from registration.models import Invitation, InvitationRun, Registration
from wechat_admin.demo import make_account

# By the name of a rule of `keeping.py`: rows go, or what they say of people.
BY_A_RULE = {
    "sessions.Session": "sessions",
    "wechat_admin.CallbackEvent": "callbacks",
    "wechat_admin.AutoReply": "replies",
    "mail.Letter": "letters",
    "registration.Registration": "ended registrations",
    "messaging.Attempt": "calls",
    "messaging.Batch": "texts",
    "messaging.Attachment": "texts",
    "messaging.Message": "texts",
    "messaging.Delivery": "who got what",
    "messaging.Straggler": "who got what",
    "messaging.Decision": "who got what",
    "messaging.PupilMissed": "who got what",
    "messaging.Share": "who got what",
}
BY_A_SWEEP = {
    "audit.AuditEvent": retention.drop_what_is_old,  # in whole sealed blocks, after AUDIT_YEARS
    "access.Try": tries.forget_old,
    "access.SignInEvent": sessions.forget_old,
    "access.Viewing": viewing.forget_old,
    "notices.Notice": forget_what_was_long_ago,
    "notices.Note": forget_what_was_long_ago,
    "people.Import": forget_imports,
}
# Deleted by the database with the row it belongs to.
WITH = {
    "access.OpenSession": "sessions.Session",
    "notices.Telling": "notices.Notice",
    "people.ImportPiece": "people.Import",
    "people.ImportRow": "people.Import",
}
THE_DIRECTORY = "the school's record of who is here, and how it came to be so; the school erases a person"
THE_SIGN_IN = "belongs to a sign-in for as long as there is one"
WHO_AGREED = "that somebody was asked and agreed has to be shown for as long as the person is on record"
WHO_DID_IT = "says which of the staff did it: that is what it is for"
STAYS = {
    "people.Person": THE_DIRECTORY,
    "people.Membership": THE_DIRECTORY,
    "people.Relationship": THE_DIRECTORY,
    "people.Departure": THE_DIRECTORY,
    "people.LastDay": THE_DIRECTORY,
    "people.Merge": THE_DIRECTORY,
    "people.Proposal": THE_DIRECTORY,
    "people.Erasure": "a restore must erase them again; it names nobody",
    "people.User": THE_SIGN_IN,
    "account.EmailAddress": THE_SIGN_IN,
    "account.EmailConfirmation": THE_SIGN_IN,
    "mfa.Authenticator": THE_SIGN_IN,
    "access.AddressTold": THE_SIGN_IN,
    "notices.Choice": THE_SIGN_IN,
    "notices.Absence": THE_SIGN_IN,
    "registration.PersonalCode": "opens a registration until the next one replaces it; only its hash is known",
    "registration.Invitation": WHO_AGREED,
    "registration.InvitationRun": WHO_AGREED,
    "registration.Opened": WHO_AGREED,
    "registration.GuardianConsent": WHO_AGREED,
    "audit.Revision": WHO_DID_IT,
    "wechat_admin.EnterpriseAccount": WHO_DID_IT,
    "messaging.Asking": WHO_DID_IT,
    "messaging.Template": WHO_DID_IT,
    "wechat_admin.Check": "what the last check of the connection found",
    "school.SchoolSetting": "what the school has set, until it sets something else",
    "registration.Figures": "numbers, and nobody in them",
    "messaging.SavedAudience": "a rule, of whoever keeps it",
}
_OF_PEOPLE = {"mobile", "email", "userid", "reference", "given_name", "family_name", "chinese_name"}


def holds_people(model):
    """Whether it has a key to a person or a sign-in, a column that names one, or one in which anything may stand."""
    return any(
        field.related_model in (Person, User)
        or field.name in _OF_PEOPLE
        or field.get_internal_type() in ("BinaryField", "JSONField")
        for field in model._meta.concrete_fields
    )


def test_whatever_holds_data_of_people_is_kept_by_a_rule_or_stays_for_a_reason():
    tables = (BY_A_RULE, BY_A_SWEEP, WITH, STAYS)
    named = [label for table in tables for label in table]
    assert len(named) == len(set(named))
    held = {model._meta.label for model in apps.get_models() if holds_people(model)} | {Person._meta.label}
    assert held - set(named) == set(), "say in which way they are forgotten, or why not"
    assert set(named) <= {model._meta.label for model in apps.get_models()}


def test_every_rule_and_every_sweep_that_is_named_runs():
    assert set(BY_A_RULE.values()) <= {kind.name for kind in kinds()}
    assert set(BY_A_SWEEP.values()) <= {function for _seconds, function in periodic._work}


@pytest.mark.parametrize(("label", "whole"), WITH.items())
def test_what_belongs_to_a_row_goes_with_it(label, whole):
    fields = apps.get_model(label)._meta.concrete_fields
    [key] = [field for field in fields if field.is_relation and field.related_model._meta.label == whole]
    assert key.remote_field.on_delete is CASCADE


# --- letters and registrations ---


def letter(days, state=Letter.State.SENT, **fields):
    made = Letter.objects.create(kind="access.welcome", about=1, state=state, **fields)
    Letter.objects.filter(pk=made.pk).update(posted_at=Now() - timedelta(days=days))
    return made


@pytest.mark.django_db
def test_a_letter_goes_after_a_year_and_one_that_waits_or_invited_somebody_stays():
    letter(400)
    young, waiting, invited = letter(300), letter(400, state=Letter.State.WAITING), letter(400)
    run = InvitationRun.objects.create(way="email")
    Invitation.objects.create(run=run, person=make_person("contact"), letter=invited)
    assert keeping.forget_letters(YEAR) == (1, False)
    assert set(Letter.objects.all()) == {young, waiting, invited}


@pytest.mark.django_db
def test_a_registration_that_ended_goes_once_its_member_at_wecom_has():
    make_account()

    def ended(days, **fields):
        made = make_registration(make_person("contact"), status=Registration.Status.WITHDRAWN, **fields)
        Registration.objects.filter(pk=made.pk).update(withdrawn_at=Now() - timedelta(days=days))
        return made

    ended(2300, created_by_us=True, removed_at="2026-01-01T00:00Z")
    young, standing = ended(2000), make_registration(make_person("contact"))
    ended(2300, userid="")
    ended(2300, created_by_us=False)
    member, doubtful = ended(2300), ended(2300, doubts=1)
    elsewhere = ended(2300, account_key="another company")
    assert keeping.forget_registrations(6 * YEAR) == (3, False)
    assert set(Registration.objects.all()) == {young, standing, member, doubtful, elsewhere}
