"""Who may open what: every address of the portal against every kind of person. A new address fails until it stands here."""

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from messaging.demo import make_message
from messaging.models import Message, SavedAudience, Template
from portal import menu
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import InvitationRun, Registration
from wechat_admin.demo import make_account

OPEN, SIGN_IN, FORBIDDEN, NOT_FOUND = 200, 302, 403, 404
EVERYBODY, SIGNED_IN = "everybody", "signed in"
WECOM = "only whoever can sign as WeCom"
GUARDIAN = "only a guardian of the pupil; to all others there is nothing"

# name → (arguments, who may open it: EVERYBODY, SIGNED_IN or a permission, method)
TABLE = {
    "dashboard": ({}, SIGNED_IN, "get"),
    "sign-in": ({}, EVERYBODY, "get"),
    "sign-out": ({}, EVERYBODY, "post"),
    "home": ({}, SIGNED_IN, "get"),
    "forgotten": ({}, EVERYBODY, "get"),
    "forgotten-sent": ({}, EVERYBODY, "get"),
    "choose-password": ({"uidb64": "x", "token": "y"}, EVERYBODY, "get"),
    "accounts": ({}, "access.view_accounts", "get"),
    "impersonate": ({"pk": "other"}, "access.impersonate", "post"),
    "stop-impersonating": ({}, SIGNED_IN, "post"),
    "profiles": ({}, "access.manage_profiles", "get"),
    "profile": ({"pk": "profile"}, "access.manage_profiles", "get"),
    "add-holder": ({"pk": "profile", "user_pk": "other"}, "access.manage_profiles", "post"),
    "remove-holder": ({"pk": "profile", "user_pk": "other"}, "access.manage_profiles", "post"),
    "my-details": ({}, SIGNED_IN, "get"),
    "school-settings": ({}, "school.change", "get"),
    "people": ({}, "people.view", "get"),
    "language": ({}, EVERYBODY, "post"),
    "theme": ({}, EVERYBODY, "post"),
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
    "registration:registered": ({}, SIGNED_IN, "get"),
    "registration:step": ({"number": 1}, SIGNED_IN, "get"),
    "registration:state": ({}, SIGNED_IN, "get"),
    "registration:qr": ({}, SIGNED_IN, "get"),
    "registration:stop": ({}, SIGNED_IN, "get"),
    "registration:daily-limit": ({}, SIGNED_IN, "post"),
    "registration:consent": ({"pk": "other"}, GUARDIAN, "post"),
    "registration:any-case": ({}, EVERYBODY, "get"),
    "registration:any-case-step": ({"number": 1}, EVERYBODY, "get"),
    "registration:invitations": ({}, "registration.invite", "get"),
    "registration:send-invitations": ({}, "registration.invite", "post"),
    "registration:letters-to-me": ({}, "registration.invite", "post"),
    "registration:run": ({"pk": "run"}, "registration.invite", "get"),
    "registration:stop-run": ({"pk": "run"}, "registration.invite", "post"),
    "registration:note-invited": ({}, "registration.invite", "post"),
    "registration:invited": ({}, "registration.invite", "get"),
    "registration:hand-outs": ({}, "registration.invite", "get"),
    "registration:invitation-code": ({}, "registration.invite", "get"),
    "registration:registrations": ({}, "registration.view", "get"),
    "registration:people": ({}, "registration.view", "get"),
    "registration:export": ({}, "registration.view", "get"),
    "registration:remind": ({}, "registration.invite", "get"),
    "registration:link": ({"pk": "registration"}, "registration.decide", "post"),
    "registration:refuse": ({"pk": "registration"}, "registration.decide", "post"),
    "registration:years": ({}, "registration.set_years", "get"),
    "messaging:sent": ({}, "messaging.write", "get"),
    "messaging:drafts": ({}, "messaging.write", "get"),
    "messaging:new": ({}, "messaging.write", "get"),
    "messaging:edit": ({"pk": "draft"}, "messaging.write", "get"),
    "messaging:delete": ({"pk": "draft"}, "messaging.write", "post"),
    "messaging:check": ({"pk": "draft"}, "messaging.write", "get"),
    "messaging:send": ({"pk": "draft"}, "messaging.write", "post"),
    "messaging:message": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:progress": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:stop": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:resume": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:make-differ": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:again": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:scheduled": ({}, "messaging.write", "get"),
    "messaging:waiting": ({}, "messaging.write", "get"),
    "messaging:reach": ({}, "messaging.write", "post"),
    "messaging:copy": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:missed": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:test": ({"pk": "draft"}, "messaging.write", "post"),
    "messaging:approve": ({"pk": "awaiting"}, "messaging.approve", "get"),
    "messaging:release": ({"pk": "awaiting"}, "messaging.approve", "post"),
    "messaging:send-back": ({"pk": "awaiting"}, "messaging.approve", "post"),
    "messaging:undo": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:start-now": ({"pk": "message"}, "messaging.write", "post"),
    "messaging:export": ({"pk": "message"}, "messaging.write", "get"),
    "messaging:articles": ({"pk": "draft"}, "messaging.write", "get"),
    "messaging:remove-article": ({"pk": "draft", "number": 0}, "messaging.write", "post"),
    "messaging:article-picture": ({"token": "picture"}, EVERYBODY, "get"),
    "messaging:templates": ({}, "messaging.write", "get"),
    "messaging:new-template": ({}, "messaging.write", "get"),
    "messaging:edit-template": ({"pk": "template"}, "messaging.write", "get"),
    "messaging:delete-template": ({"pk": "template"}, "messaging.write", "post"),
    "messaging:audiences": ({}, "messaging.write", "get"),
    "messaging:delete-audience": ({"pk": "audience"}, "messaging.write", "post"),
    "help": ({}, EVERYBODY, "get"),
    "help-page": ({"slug": "staff-registration"}, EVERYBODY, "get"),
    "wechat-callback": ({}, WECOM, "get"),
    "readyz": ({}, EVERYBODY, "get"),
}
ROLES = ["nobody", "contact", "pupil", "staff", *(f"holder of {o.permission}" for o in menu.options()), "administrator"]
OF_A_MESSAGE = {name for name, (arguments, _, _) in TABLE.items() if arguments.get("pk") in ("draft", "message")}


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
    if name == "help-page" and role in ("contact", "pupil"):
        return "404"  # the page for staff
    if permission == EVERYBODY:
        return "open"
    if permission == WECOM:
        return "forbidden"
    if user is None:
        return "sign in"
    if permission == GUARDIAN:
        return "404"
    if name.startswith("registration:") and permission == SIGNED_IN and not hasattr(user, "person"):
        return "forbidden"
    if permission == SIGNED_IN or user.has_perm(permission):
        return "open"
    return "forbidden"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_is_its_own_and_nothing_else(role, doorbells, all_of_us_work):
    make_account(qr_picture=b"a picture")
    client, user = client_of(role)
    other = make_sign_in(make_person("contact"))
    disputed = make_registration(other.person)
    profile = Profile.objects.filter(is_system_administrator=False).first() or Profile.objects.system_administrator()
    wrong = []
    for name, (arguments, permission, method) in TABLE.items():
        author = user or other
        pks = {
            "other": other.pk,
            "registration": disputed.pk,
            "profile": profile.pk,
            "draft": make_message(author, status=Message.Status.DRAFT).pk,
            "message": make_message(author).pk,
            "awaiting": make_message(author, status=Message.Status.AWAITING).pk,
            "template": Template.objects.create(name=f"Template for {name}", text="x").pk,
            "run": InvitationRun.objects.create(starts_at=Now()).pk,
            "audience": SavedAudience.objects.create(owner=author, name=name, rule={}).pk,
            "picture": picture_of(make_message(author)),
        }
        arguments = {key: pks.get(value, value) for key, value in arguments.items()}
        if name in ("sign-out", "impersonate"):  # they change who is signed in
            continue
        response = getattr(client, method)(reverse(name, kwargs=arguments))
        found = "open"
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
