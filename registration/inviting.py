"""Invitations: their texts with the addresses filled in, who would get one, and the worker that mails them."""

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from portal.addresses import Site, absolute
from portal.people.models import ROLES, Membership, Person, Relationship, barred_from_messages
from portal.school.table import value
from wechat_admin.models import EnterpriseAccount

from . import years
from .models import Invitation, Registration

A_TURN = 50
GIVEN_UP_AFTER = timedelta(minutes=10)

# What becomes of each chosen person, in the order in which it is decided.
INVITE, REGISTERED, LATELY, NO_EMAIL = "invite", "registered", "lately", "no e-mail"
BARRED, YEAR_OFF = "barred", "year switched off"
NOT_VISIBLE = gettext_lazy("Registration is not visible, so the invited would find nothing. Make it visible first.")


def registration_address(site):
    return absolute(site, reverse("registration:step", args=[1]))


def staff_text():
    return _(
        "Receive the school's messages in Weixin / WeChat.\n\nGo to %(address)s, then complete the registration screens.\n\n"
        "You need the Weixin or WeChat app and an account of your own in it."
    ) % {"address": registration_address(Site.STAFF)}


def family_text():
    return _(
        "Receive the school's messages in Weixin / WeChat.\n\nDo one of: go to %(address)s, or sign in and press "
        "“Weixin / WeChat registration” on “My Details”.\n\nYou need the Weixin or WeChat app and an account of your own in it."
    ) % {"address": registration_address(Site.FAMILIES)}


def in_each_language(text):
    """[(language code, its name, the text)]"""
    texts = []
    for code, name in settings.LANGUAGE_NAMES.items():
        with override(code):
            texts.append((code, name, text()))
    return texts


# --- who ---


def chosen(roles, groups):
    """People of these roles, or pupils of these groups and their contacts, each with `fate`."""
    members = Membership.objects.filter(Q(group__in=groups) | Q(group__parent__in=groups))
    pupils = Person.objects.filter(is_pupil=True, pk__in=members.values("person"))
    wanted = Q(pk__in=pupils) | Q(Exists(Relationship.objects.filter(contact=OuterRef("pk"), pupil__in=pupils)))
    for role in roles:
        wanted |= ROLES[role]
    return with_fate(Person.objects.current().filter(wanted).order_by())


def with_fate(people):
    """The people, each with `fate`: one of the words above."""
    account = EnterpriseAccount.objects.the()
    registered = Registration.objects.of_account(account).filter(
        person=OuterRef("pk"), status=Registration.Status.REGISTERED, no_longer_at=None
    )
    fate = Case(
        When(barred_from_messages(), then=Value(BARRED)),
        When(years.switched_off(), then=Value(YEAR_OFF)),
        When(Exists(registered), then=Value(REGISTERED)),
        When(email="", then=Value(NO_EMAIL)),
        When(Exists(Invitation.objects.lately().filter(person=OuterRef("pk"))), then=Value(LATELY)),
        default=Value(INVITE),
        output_field=CharField(),
    )
    return people.annotate(fate=fate)


def count(people):
    """Counter of the fates of these people."""
    return Counter(dict(people.order_by().values_list("fate").annotate(Count("pk"))))


# --- the worker ---


def send_due():
    """Mail what waits. Written down before it leaves, so that a dead worker costs somebody a mail, never a second one."""
    connection = get_connection()
    while waiting := list(_waiting().order_by("pk").select_related("person")[:A_TURN]):
        with connection:
            for invitation in waiting:
                _send(invitation, connection)


def _waiting():
    return Invitation.objects.filter(state=Invitation.State.WAITING)


def _send(invitation, connection):
    if not _waiting().filter(pk=invitation.pk).update(state=Invitation.State.SENDING, begun_at=Now()):
        return
    try:
        _letter(invitation.person, connection).send()
        state = Invitation.State.SENT
    except OSError:  # smtplib's errors are OSErrors
        state = Invitation.State.FAILED
    Invitation.objects.filter(pk=invitation.pk).update(state=state)


def _letter(person, connection):
    with override(person.language):
        text = family_text() if person.is_family else staff_text()
        subject = _("%(school)s in Weixin / WeChat") % {"school": settings.SCHOOL_NAME}
        dear = _("Dear %(name)s,") % {"name": person.name}
    body = f"{dear}\n\n{text}\n\n{settings.SCHOOL_NAME}\n{value('office_contact')}\n"
    return EmailMessage(subject, body, None, [person.email], connection=connection)


def give_up_lost():
    """A worker died in the middle of a letter: it may have left or not, and it is not sent again."""
    lost = Invitation.objects.filter(state=Invitation.State.SENDING, begun_at__lt=Now() - GIVEN_UP_AFTER)
    lost.update(state=Invitation.State.UNKNOWN)
