"""Who may open what: every address of the portal against every kind of person. A new address fails until it stands here."""

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.db.models.functions import Now
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from messaging.demo import make_message
from messaging.models import Message, SavedAudience, Template
from portal import menu
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.people.demo import make_person
from portal.people.models import Departure, Import, LastDay, Merge, Proposal
from registration.demo import make_registration
from registration.models import InvitationRun, Registration
from wechat_admin.demo import make_account

OPEN, SIGN_IN, FORBIDDEN, NOT_FOUND = 200, 302, 403, 404
EVERYBODY, SIGNED_IN = "everybody", "signed in"
WECOM = "only whoever can sign as WeCom"
NOT_THERE = "to whoever does not know, or is not meant, there is nothing"
CONTACT, NOBODYS = "only a contact", "only whose it is, and it is nobody's"
ADMINISTRATOR = "only a System Administrator, whatever options others hold"
STAFF, PASSWORD_GIVEN = "only staff", "only whoever has just given the right password"
GUARDIAN = "only a guardian of the pupil; to all others there is nothing"

WRITE_OR_APPROVE = ("messaging.write", "messaging.approve")

# name → (arguments, who may open it: EVERYBODY, SIGNED_IN, a permission or one of several, method)
TABLE = {
    "dashboard": ({}, SIGNED_IN, "get"),
    "sign-in": ({}, EVERYBODY, "get"),
    "second-step": ({}, PASSWORD_GIVEN, "get"),
    "sign-out": ({}, EVERYBODY, "post"),
    "prove": ({}, SIGNED_IN, "get"),
    "factors": ({}, STAFF, "get"),
    "add-app": ({}, STAFF, "get"),
    "add-passkey": ({}, STAFF, "get"),
    "recovery-codes": ({}, STAFF, "get"),
    "renew-recovery-codes": ({}, STAFF, "post"),
    "remove-factor": ({"pk": 0}, STAFF, "post"),
    "remove-factors-of": ({"pk": "other"}, "access.manage_accounts", "post"),
    "home": ({}, SIGNED_IN, "get"),
    "forgotten": ({}, EVERYBODY, "get"),
    "forgotten-sent": ({}, EVERYBODY, "get"),
    "choose-password": ({"uidb64": "x", "token": "y"}, EVERYBODY, "get"),
    "held": ({"pk": "person"}, ADMINISTRATOR, "get"),
    "download-held": ({"pk": "person"}, ADMINISTRATOR, "get"),
    "erase": ({"pk": "person"}, ADMINISTRATOR, "post"),
    "accounts": ({}, "access.view_accounts", "get"),
    "letters": ({}, "access.manage_accounts", "get"),
    "welcome-again": ({}, "access.manage_accounts", "post"),
    "sign-ins": ({}, "access.manage_accounts", "get"),
    "account": ({"pk": "person"}, "access.view_accounts", "get"),
    "make-sign-in": ({"pk": "person"}, "access.manage_accounts", "post"),
    "account-of-nobody": ({"pk": "other"}, "access.view_accounts", "get"),
    "decide-about-account": ({"pk": "other", "what": "unlock"}, "access.manage_accounts", "post"),
    "end-session": ({"pk": "other", "session_pk": 0}, "access.manage_accounts", "post"),
    "end-own-session": ({"pk": 0}, SIGNED_IN, "post"),
    "sign-out-everywhere": ({}, SIGNED_IN, "post"),
    "sign-out-elsewhere": ({}, SIGNED_IN, "post"),
    "impersonate": ({"pk": "other"}, "access.impersonate", "get"),
    "stop-impersonating": ({}, SIGNED_IN, "post"),
    "profiles": ({}, "access.manage_profiles", "get"),
    "profile": ({"pk": "profile"}, "access.manage_profiles", "get"),
    "ask-for-factor": ({"pk": "profile"}, "access.manage_profiles", "post"),
    "copy-profile": ({"pk": "profile"}, "access.manage_profiles", "post"),
    "rename-profile": ({"pk": "profile"}, "access.manage_profiles", "get"),
    "delete-profile": ({"pk": "profile"}, "access.manage_profiles", "get"),
    "add-holder": ({"pk": "profile", "user_pk": "other"}, "access.manage_profiles", "post"),
    "remove-holder": ({"pk": "profile", "user_pk": "other"}, "access.manage_profiles", "post"),
    "take-own-address": ({}, SIGNED_IN, "post"),
    "take-address-of": ({"pk": "other"}, "access.manage_profiles", "post"),
    "propose": ({}, CONTACT, "get"),
    "withdraw-proposal": ({"pk": 0}, NOBODYS, "post"),
    "proposals": ({}, "people.change", "get"),
    "decide-about-proposal": ({"pk": "proposal", "what": "refuse"}, "people.change", "post"),
    "my-details": ({}, SIGNED_IN, "get"),
    "notices": ({}, SIGNED_IN, "get"),
    "notice-choices": ({}, SIGNED_IN, "get"),
    "notice": ({"pk": 0}, NOBODYS, "get"),
    "school-settings": ({}, "school.change", "get"),
    "kept": ({}, "school.change", "get"),
    "people": ({}, "people.view", "get"),
    "person": ({"pk": "person"}, "people.view", "get"),
    "add-person": ({}, "people.change", "get"),
    "change-person": ({"pk": "person"}, "people.change", "get"),
    "leave": ({"pk": "person"}, "people.change", "get"),
    "stay": ({"pk": "person", "role": "contacts"}, "people.change", "post"),
    "merge": ({"pk": "person"}, "people.change", "get"),
    "take-merge-back": ({"pk": "person", "merge_pk": "merge"}, "people.change", "post"),
    "take-back-departure": ({"pk": "person", "departure_pk": "departure"}, "people.change", "post"),
    "imports": ({}, "people.import", "get"),
    "import": ({"pk": "import"}, "people.import", "get"),
    "import-progress": ({"pk": "import"}, "people.import", "get"),
    "answer-import": ({"pk": "import"}, "people.import", "post"),
    "let-in": ({"pk": "import"}, "people.import", "post"),
    "import-stays": ({"pk": "import", "row_pk": "0"}, "people.import", "post"),
    "import-back": ({"pk": "import", "row_pk": "0"}, "people.import", "post"),
    "import-all-back": ({"pk": "import"}, "people.import", "post"),
    "import-left": ({"pk": "import", "row_pk": "0"}, "people.import", "post"),
    "take-back-import": ({"pk": "import"}, "people.import", "post"),
    "forget-import": ({"pk": "import"}, "people.import", "post"),
    "import-problems": ({"pk": "import"}, "people.import", "get"),
    "language": ({}, EVERYBODY, "post"),
    "theme": ({}, EVERYBODY, "post"),
    "audit-csv": ({}, "audit.view", "get"),
    "audit": ({}, "audit.view", "get"),
    "wechat-administration": ({}, "wechat_admin.view_account", "get"),
    "wechat-registration-administration": ({}, "wechat_admin.view_account", "get"),
    "wechat-qr-preview": ({}, "wechat_admin.view_account", "get"),
    "wechat-qr-picture": ({}, "wechat_admin.view_account", "get"),
    "wechat-checks": ({}, "wechat_admin.view_account", "get"),
    "examine-connection": ({}, "wechat_admin.view_account", "post"),
    "qr-still-works": ({}, "wechat_admin.change_account", "post"),
    "send-test": ({}, "wechat_admin.change_account", "post"),
    "test-came": ({}, "wechat_admin.change_account", "post"),
    "address-book-hidden": ({}, "wechat_admin.change_account", "post"),
    "after-restore": ({}, "wechat_admin.view_account", "get"),
    "release-after-restore": ({}, "wechat_admin.change_account", "post"),
    "set-up-callback": ({}, "wechat_admin.change_account", "post"),
    "pause-sending": ({}, "wechat_admin.change_account", "post"),
    "resume-sending": ({}, "wechat_admin.change_account", "post"),
    "registration:code": ({}, EVERYBODY, "get"),
    "registration:choose-own-password": ({}, SIGNED_IN, "post"),
    "registration:registered": ({}, SIGNED_IN, "get"),
    "registration:step": ({"number": 1}, SIGNED_IN, "get"),
    "registration:state": ({}, SIGNED_IN, "get"),
    "registration:qr": ({}, SIGNED_IN, "get"),
    "registration:stop": ({}, SIGNED_IN, "get"),
    "registration:nothing-came": ({}, SIGNED_IN, "post"),
    "registration:daily-limit": ({}, SIGNED_IN, "post"),
    "registration:consent": ({"pk": "other"}, GUARDIAN, "post"),
    "registration:any-case": ({}, EVERYBODY, "get"),
    "registration:any-case-step": ({"number": 1}, EVERYBODY, "get"),
    "registration:members-to-remove": ({}, "registration.remove_members", "get"),
    "registration:invitations": ({}, "registration.invite", "get"),
    "registration:send-invitations": ({}, "registration.invite", "post"),
    "registration:letters-to-me": ({}, "registration.invite", "post"),
    "registration:run": ({"pk": "run"}, "registration.invite", "get"),
    "registration:stop-run": ({"pk": "run"}, "registration.invite", "post"),
    "registration:note-invited": ({}, "registration.invite", "post"),
    "registration:invited": ({}, "registration.invite", "get"),
    "registration:hand-outs": ({}, "registration.invite", "get"),
    "registration:invitation-code": ({}, "registration.invite", "get"),
    "registration:personal-codes": ({}, "registration.print_codes", "get"),
    "registration:print-letter": ({"pk": "person"}, "registration.print_codes", "post"),
    "registration:code-in-place": ({"pk": "person"}, "registration.print_codes", "post"),
    "registration:print-letters": ({}, "registration.print_codes", "post"),
    "registration:registrations": ({}, "registration.view", "get"),
    "registration:people": ({}, "registration.view", "get"),
    "registration:export": ({}, "registration.view", "get"),
    "registration:remind": ({}, "registration.invite", "get"),
    "registration:link": ({"pk": "registration"}, "registration.decide", "post"),
    "registration:settle": ({"pk": "registration"}, "registration.view", "post"),
    "registration:refuse": ({"pk": "registration"}, "registration.decide", "post"),
    "registration:hand-over": ({"pk": "registration"}, "registration.decide", "post"),
    "registration:end": ({"pk": "registration"}, "registration.decide", "post"),
    "registration:years": ({}, "registration.set_years", "get"),
    "messaging:sent": ({}, "messaging.write", "get"),
    "messaging:sent-csv": ({}, "messaging.write", "get"),
    "messaging:drafts": ({}, "messaging.write", "get"),
    "messaging:new": ({}, "messaging.write", "get"),
    "messaging:edit": ({"pk": "draft"}, "messaging.write", "get"),
    "messaging:delete": ({"pk": "draft"}, "messaging.write", "post"),
    "messaging:undelete": ({"pk": "deleted draft"}, "messaging.write", "post"),
    "messaging:check": ({"pk": "draft"}, "messaging.write", "get"),
    "messaging:send": ({"pk": "draft"}, "messaging.write", "post"),
    "messaging:message": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:one": ({"message_pk": "message", "pk": "person"}, "messaging.write", "get"),
    "messaging:to-person": ({"pk": "person"}, "messaging.write", "get"),
    "messaging:to-person-csv": ({"pk": "person"}, "messaging.write", "get"),
    "messaging:mine": ({}, SIGNED_IN, "get"),
    "messaging:my-message": ({"pk": "message"}, NOBODYS, "get"),
    "messaging:my-file": ({"pk": "message"}, NOBODYS, "get"),
    "messaging:file": ({"pk": "picture message"}, "messaging.write", "get"),
    "messaging:following-file": ({"pk": "followed message", "number": 1}, "messaging.write", "get"),
    "messaging:my-following-file": ({"pk": "followed message", "number": 1}, NOBODYS, "get"),
    "messaging:send-missing": ({"pk": "message", "number": 2}, "messaging.write", "post"),
    "messaging:progress": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:stop": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:recall": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:resume": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:make-differ": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:share": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:end-share": ({"pk": "message", "user_pk": 0}, "messaging.write", "post"),
    "messaging:ask": ({"pk": "message", "about": "failed"}, WRITE_OR_APPROVE, "post"),
    "messaging:attempts": ({"pk": "message"}, "wechat_admin.view_account", "get"),
    "messaging:attempts-csv": ({"pk": "message"}, "wechat_admin.view_account", "get"),
    "messaging:correct": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:again": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:again-to": ({"pk": "message", "state": "failed"}, "messaging.write", "post"),
    "messaging:scheduled": ({}, "messaging.write", "get"),
    "messaging:waiting": ({}, WRITE_OR_APPROVE, "get"),
    "messaging:reach": ({}, "messaging.write", "post"),
    "messaging:preview": ({}, "messaging.write", "post"),
    "messaging:change": ({"pk": "awaiting"}, "messaging.write", "post"),
    "messaging:copy": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:missed": ({"pk": "message"}, WRITE_OR_APPROVE, "get"),
    "messaging:pupils": ({"pk": "message"}, WRITE_OR_APPROVE, "get"),
    "messaging:pupils-csv": ({"pk": "message"}, WRITE_OR_APPROVE, "get"),
    "messaging:test": ({"pk": "draft"}, "messaging.write", "post"),
    "messaging:approve": ({"pk": "awaiting"}, "messaging.approve", "get"),
    "messaging:release": ({"pk": "awaiting"}, "messaging.approve", "post"),
    "messaging:send-back": ({"pk": "awaiting"}, "messaging.approve", "post"),
    "messaging:undo": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:move": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:start-now": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:export": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:articles": ({"pk": "draft"}, "messaging.write", "get"),
    "messaging:remove-article": ({"pk": "draft", "number": 0}, "messaging.write", "post"),
    "messaging:article-picture": ({"token": "picture"}, EVERYBODY, "get"),
    "messaging:templates": ({}, "messaging.write", "get"),
    "messaging:new-template": ({}, "messaging.write", "get"),
    "messaging:starters": ({}, "messaging.write", "post"),
    "messaging:edit-template": ({"pk": "template"}, "messaging.write", "get"),
    "messaging:delete-template": ({"pk": "template"}, "messaging.write", "post"),
    "messaging:undelete-template": ({"pk": "template"}, "messaging.write", "post"),
    "messaging:audiences": ({}, "messaging.write", "get"),
    "messaging:delete-audience": ({"pk": "audience"}, "messaging.write", "post"),
    "messaging:undelete-audience": ({"pk": "audience"}, "messaging.write", "post"),
    "help": ({}, EVERYBODY, "get"),
    "help-guide": ({"slug": "staff-registration"}, EVERYBODY, "get"),
    "help-page": ({"slug": "staff-registration"}, EVERYBODY, "get"),
    "wechat-callback": ({}, WECOM, "get"),
    "readyz": ({}, EVERYBODY, "get"),
    "metrics": ({}, NOT_THERE, "get"),
    "ownership-file": ({"code": "x"}, NOT_THERE, "get"),
}
ROLES = ["nobody", "contact", "pupil", "staff", *(f"holder of {o.permission}" for o in menu.options()), "administrator"]
# Whoever runs the connection sees the calls of every message, and of none what it says.
OF_A_MESSAGE = {
    name
    for name, (arguments, who, _) in TABLE.items()
    if arguments.get("pk") in ("draft", "message") and who != "wechat_admin.view_account"
}


def names(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield prefix + (pattern.name or str(pattern.pattern))
        else:
            namespace = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, prefix + namespace)


def test_every_address_stands_in_the_table():
    assert sorted(names(get_resolver().url_patterns)) == sorted(TABLE)


def picture_of(message):
    return message.attachments.create(role="picture", name="a.jpg", size=1, data=b"x").token


def message_of_a_picture(author):
    message = make_message(author, kind="image")
    message.attachments.create(name="a.jpg", size=1, data=b"x")
    return message


def client_of(role):
    client = Client()
    if role == "nobody":
        return client, None
    if role == "administrator":
        user = make_administrator()
    elif role.startswith("holder of "):
        user = make_sign_in(make_person("staff"), options=[role.removeprefix("holder of ")])
    else:
        user = make_sign_in(make_person(role))
        make_registration(user.person, Registration.Status.STARTED)
    client.force_login(user)
    return client, user


def expected(role, name, permission, user):
    if name in ("help-page", "help-guide") and role in ("contact", "pupil"):
        return "404"  # the page and the guide for staff
    if permission == EVERYBODY:
        return "open"
    if permission == WECOM:
        return "forbidden"
    if permission == NOT_THERE:
        return "404"
    if user is None or permission == PASSWORD_GIVEN:
        return "sign in"
    if permission == STAFF:
        return "forbidden" if role in ("contact", "pupil") else "open"
    if permission in (GUARDIAN, NOBODYS):
        return "404"
    if permission == ADMINISTRATOR:
        return "open" if role == "administrator" else "forbidden"
    if permission == CONTACT:
        return "open" if role == "contact" else "forbidden"
    if name.startswith("registration:") and permission == SIGNED_IN and not hasattr(user, "person"):
        return "forbidden"
    any_of = permission if isinstance(permission, tuple) else (permission,)
    if permission == SIGNED_IN or any(map(user.has_perm, any_of)):
        return "open"
    return "forbidden"


def _put_away(answer):
    """A download that nobody reads leaves its statement open, and SQLite's tables locked. The end of a request closes the
    connection; a test's goes on, as the client sees to where an answer is read."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


def every_answer(client, user, heard_of=lambda: None):
    """(name, the answer) of every address of the table, each with things of its own to show or to change."""
    other = make_sign_in(make_person("contact"))
    disputed = make_registration(other.person)
    departure = Departure.objects.create()
    proposal = Proposal.objects.create(person=other.person, what="name", before={}, values={})
    LastDay.objects.create(departure=departure, person=other.person, role="contacts")
    profile = Profile.objects.filter(is_system_administrator=False).first() or Profile.objects.system_administrator()
    for name, (arguments, _permission, method) in TABLE.items():
        author = user or other
        pks = {
            "other": other.pk,
            "person": other.person.pk,
            "proposal": proposal.pk,
            "departure": departure.pk,
            "merge": Merge.objects.create(kept=other.person, gone=other.person).pk,
            "registration": disputed.pk,
            "profile": profile.pk,
            "draft": make_message(author, status=Message.Status.DRAFT).pk,
            "deleted draft": make_message(author, status=Message.Status.DRAFT, deleted_at=Now()).pk,
            "message": make_message(author).pk,
            "awaiting": make_message(author, status=Message.Status.AWAITING).pk,
            "followed message": make_message(author, files=["letter.pdf"]).pk,
            "picture message": message_of_a_picture(author).pk,
            "template": Template.objects.create(name=f"Template for {name}", text="x").pk,
            "run": InvitationRun.objects.create(starts_at=Now()).pk,
            "audience": SavedAudience.objects.create(owner=author, name=name, rule={}).pk,
            "picture": picture_of(make_message(author)),
            "import": Import.objects.create(name="people.csv", size=1).pk,
        }
        arguments = {key: pks.get(value, value) for key, value in arguments.items()}
        heard_of()  # on a busy machine the table takes longer than a beat is young
        if name not in ("sign-out", "sign-out-everywhere"):  # they change who is signed in
            answer = getattr(client, method)(reverse(name, kwargs=arguments))
            yield name, answer
            _put_away(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_is_its_own_and_nothing_else(role, doorbells, all_of_us_work):
    make_account(qr_picture=b"a picture")
    client, user = client_of(role)
    wrong = []
    for name, response in every_answer(client, user, all_of_us_work):
        permission, found = TABLE[name][1], "open"
        if response.status_code == 403:
            found = "forbidden"
        elif response.status_code == 302 and response.url.startswith("/sign-in/"):
            found = "sign in"
        elif response.status_code >= 400:
            found = str(response.status_code)
        if found != expected(role, name, permission, user):
            wrong.append(f"{role}: {name} is {found}, should be {expected(role, name, permission, user)}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OF_A_MESSAGE))
def test_a_message_of_somebody_else_is_not_found(client, name):
    make_account()
    colleague = make_sign_in(make_person("staff"), options=["messaging.write"])
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    arguments, _, method = TABLE[name]
    status = Message.Status.DRAFT if arguments["pk"] == "draft" else Message.Status.SENDING
    message = make_message(colleague, status=status)
    assert getattr(client, method)(reverse(name, kwargs=arguments | {"pk": message.pk})).status_code == NOT_FOUND


@pytest.mark.django_db
def test_a_menu_option_not_held_is_refused_with_who_can_give_it(client):
    client.force_login(make_sign_in(make_person("staff")))
    response = client.get(reverse("messaging:sent"))
    assert response.status_code == FORBIDDEN
    assert "You have not been given “Messaging”. Your System Administrator can give it" in response.content.decode()
