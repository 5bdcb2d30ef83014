import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse

from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile, may_be_impersonated
from portal.audit.models import AuditEvent
from portal.mail.sending import send_due
from portal.menu import options
from portal.people.demo import make_person, relate
from portal.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempts():
    cache.clear()


# --- signing in ---


def test_a_wrong_password_is_refused_in_a_sentence_and_the_username_is_kept(client):
    make_sign_in(make_person("staff"), username="ann", password="right-password")
    html = client.post(reverse("sign-in"), {"username": "ann", "password": "wrong"}).content.decode()
    assert "The username and password do not match." in html and 'value="ann"' in html


def test_guessing_is_stopped_after_ten_attempts_even_with_the_right_password(client):
    make_sign_in(make_person("staff"), username="ann", password="right-password")
    for _ in range(10):
        client.post(reverse("sign-in"), {"username": "ann", "password": "wrong"})
    response = client.post(reverse("sign-in"), {"username": "ann", "password": "right-password"})
    assert "Too many attempts" in response.content.decode()


def test_signing_in_leads_back_to_where_one_was_going(client):
    make_sign_in(make_person("staff"), username="ann", password="right-password")
    response = client.get("/my-details/")
    assert response.url == "/sign-in/?next=/my-details/"
    response = client.post(response.url, {"username": "ann", "password": "right-password", "next": "/my-details/"})
    assert response.url == "/my-details/"


def test_the_persons_language_is_taken_at_sign_in_unless_one_was_chosen(client):
    make_sign_in(make_person("staff", language="zh-hant"), username="ann", password="right-password")
    response = client.post(reverse("sign-in"), {"username": "ann", "password": "right-password"})
    assert response.cookies["django_language"].value == "zh-hant"


# --- a new password ---


def link_of(letter):
    return re.search(r"http://testserver(/choose-password/\S+)", letter.body).group(1)


def test_the_answer_is_the_same_for_an_unknown_e_mail(client):
    user = make_sign_in(make_person("contact", email="ann@family.example"))
    known = client.post(reverse("forgotten"), {"email": "ANN@family.example"})
    unknown = client.post(reverse("forgotten"), {"email": "nobody@family.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    send_due()
    assert [letter.to for letter in mail.outbox] == [[user.email]]


def test_the_link_lets_choose_a_password_once(client):
    make_sign_in(make_person("contact", email="ann@family.example"), username="ann")
    client.post(reverse("forgotten"), {"email": "ann@family.example"})
    send_due()
    link = link_of(mail.outbox[0])
    page = client.get(link, follow=True)
    chosen = {"new_password1": "a-long-password", "new_password2": "a-long-password"}
    assert client.post(page.redirect_chain[-1][0], chosen).url == "/sign-in/"
    assert client.login(username="ann", password="a-long-password")
    assert "This link has been used" in client.get(link, follow=True).content.decode()


def test_people_without_a_sign_in_get_a_link_in_their_language_once():
    make_person("contact", email="wei@family.example", language="zh-hans")
    make_person("pupil", email="")
    make_sign_in(make_person("staff", email="ann@school.example"))
    call_command("create_sign_ins")
    call_command("create_sign_ins")
    send_due()
    assert [letter.to for letter in mail.outbox] == [["wei@family.example"]]
    assert "密码" in mail.outbox[0].body and "/choose-password/" in mail.outbox[0].body
    assert User.objects.get(username="wei@family.example").has_usable_password() is False


def test_the_first_administrator_is_made_by_a_command_and_holds_every_option():
    call_command("create_administrator", "root", "root@school.example")
    assert all(User.objects.get(username="root").has_perm(option.permission) for option in options())
    send_due()
    assert mail.outbox[0].to == ["root@school.example"]


# --- profiles ---


def test_a_profile_gives_its_holder_exactly_its_options(client):
    client.force_login(make_administrator())
    client.post(reverse("profiles"), {"name": "Office"})
    profile = Profile.objects.get(group__name="Office")
    client.post(reverse("profile", args=[profile.pk]), {"options": ["messaging.write"]})
    user = make_sign_in(make_person("staff"))
    client.post(reverse("add-holder", args=[profile.pk, user.pk]))
    user = User.objects.get(pk=user.pk)
    assert user.get_all_permissions() == {"messaging.write"}
    client.post(reverse("remove-holder", args=[profile.pk, user.pk]))
    assert User.objects.get(pk=user.pk).get_all_permissions() == set()


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "This field is required."), ("office", "There is a profile with this name already.")]
)
def test_a_profile_needs_a_name_of_its_own(client, name, sentence):
    client.force_login(make_administrator())
    client.post(reverse("profiles"), {"name": "Office"})
    assert sentence in client.post(reverse("profiles"), {"name": name}).content.decode()


def test_the_last_system_administrator_stays():
    administrator = make_administrator()
    profile = Profile.objects.system_administrator()
    with pytest.raises(actions.AccessRefused, match="at least one System Administrator"):
        actions.remove_holder(profile=profile, user=administrator, by=administrator)
    make_administrator("second")
    actions.remove_holder(profile=profile, user=administrator, by=administrator)
    assert not User.objects.get(pk=administrator.pk).get_all_permissions()


def test_the_system_administrators_options_cannot_be_changed(client):
    client.force_login(make_administrator())
    profile = Profile.objects.system_administrator()
    client.post(reverse("profile", args=[profile.pk]), {"options": []})
    assert len(Profile.objects.system_administrator().options) == len(options())


# --- impersonation ---


def impersonate(client, user):
    return client.post(reverse("impersonate", args=[user.pk]))


def test_an_administrator_looks_with_somebodys_eyes_and_both_names_are_in_the_trail(client):
    client.force_login(make_administrator())
    contact = make_sign_in(make_person("contact", given_name="Grace"))
    impersonate(client, contact)
    html = client.get("/my-details/").content.decode()
    assert "You are viewing as <strong>Grace" in html
    assert client.get("/audit/").status_code == 403
    client.post(reverse("stop-impersonating"))
    assert client.get("/audit/").status_code == 200
    acts = list(AuditEvent.objects.filter(act__contains="viewing").values_list("actor_name", "act", "on_behalf_of"))
    assert acts == [
        ("administrator", "started viewing as somebody else", str(contact)),
        ("administrator", "stopped viewing as somebody else", str(contact)),
    ]


def test_nothing_can_be_changed_while_viewing_as_somebody(client):
    client.force_login(make_administrator())
    impersonate(client, make_sign_in(make_person("contact", given_name="Grace", family_name="Lee")))
    response = client.post(reverse("forgotten"), {"email": "x@school.example"})
    assert response.status_code == 403
    assert "You are viewing as Grace Lee. Only Grace Lee can do this." in response.content.decode()
    client.post(reverse("language"), {"language": "zh-hant"})
    assert User.objects.get(person__given_name="Grace").person.language == "en"


def test_viewing_does_not_nest_and_ends_when_the_option_is_taken_away(client):
    administrator = make_administrator()
    make_administrator("second")
    client.force_login(administrator)
    first, second = make_sign_in(make_person("contact")), make_sign_in(make_person("contact"))
    impersonate(client, first)
    assert impersonate(client, second).status_code == 403
    administrator.groups.clear()
    html = client.get("/my-details/").content.decode()
    assert "You are viewing as" not in html and client.get("/audit/").status_code == 403


@pytest.mark.parametrize(
    "make", [make_administrator, lambda: make_sign_in(make_person("staff"), options=["messaging.write"])]
)
def test_nobody_with_an_administrative_option_can_be_viewed_as(client, make):
    target = make() if make is not make_administrator else make_administrator("other")
    client.force_login(make_administrator("looker"))
    impersonate(client, target)
    assert not may_be_impersonated(target)
    assert "You are viewing as" not in client.get("/my-details/").content.decode()


def test_viewing_ends_when_the_person_becomes_an_administrator_meanwhile(client):
    client.force_login(make_administrator())
    user = make_sign_in(make_person("staff"))
    impersonate(client, user)
    user.groups.add(Profile.objects.system_administrator().group)
    assert "You are viewing as" not in client.get("/my-details/").content.decode()


def test_a_visit_needs_the_option_and_a_post(client):
    user = make_sign_in(make_person("contact"))
    client.force_login(make_sign_in(make_person("staff"), options=["access.view_accounts"]))
    assert impersonate(client, user).status_code == 403
    assert "Impersonate" not in client.post(reverse("accounts"), {"q": user.person.given_name}).content.decode()
    client.force_login(make_administrator())
    assert client.get(reverse("impersonate", args=[user.pk])).status_code == 405


def test_my_details_shows_only_the_children_one_may_see(client):
    contact, seen, hidden = (
        make_person("contact"),
        make_person("pupil", given_name="Seen"),
        make_person("pupil", given_name="Hidden"),
    )
    relate(contact, seen)
    relate(contact, hidden, may_see_data=False)
    client.force_login(make_sign_in(contact))
    html = client.get("/my-details/").content.decode()
    assert "Seen" in html and "Hidden" not in html


# --- audit ---


def test_the_trail_is_append_only():
    make_administrator()
    actions.create_profile(name="X", by=None)
    event = AuditEvent.objects.first()
    for change in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(act="x"),
    ):
        with pytest.raises(TypeError):
            change()


def test_a_search_for_a_holder_changes_no_option(client):
    client.force_login(make_administrator())
    profile = actions.create_profile(name="Office", by=None)
    actions.set_options(profile=profile, options=["messaging.write"], seen=0, by=None)
    user = make_sign_in(make_person("staff", given_name="Grace"))
    html = client.post(reverse("profile", args=[profile.pk]), {"q": "grace"}).content.decode()
    assert reverse("add-holder", args=[profile.pk, user.pk]) in html
    assert [option.permission for option in profile.options] == ["messaging.write"]
