import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.access import actions, viewing
from portal.access.backends import is_last_administrator
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import OpenSession, Profile, Viewing, may_be_impersonated, without_options
from portal.audit.models import AuditEvent
from portal.audit.revisions import revision_of
from portal.mail.sending import send_due
from portal.menu import options
from portal.people.demo import leave, make_person, relate
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
    assert User.objects.get(person__email="wei@family.example").has_usable_password() is False


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
    client.post(reverse("add-holder", args=[profile.pk, user.pk]), {"shown": revision_of(profile.subject)})
    user = User.objects.get(pk=user.pk)
    assert user.get_all_permissions() == {"messaging.write"}
    client.post(reverse("remove-holder", args=[profile.pk, user.pk]))
    assert User.objects.get(pk=user.pk).get_all_permissions() == set()


def test_nobody_is_given_a_profile_that_gives_something_else_by_now(client):
    client.force_login(make_administrator())
    profile, user = actions.create_profile(name="Office", by=None), make_sign_in(make_person("staff", given_name="Ann"))
    page = client.post(reverse("profile", args=[profile.pk]), {"q": "ann"})
    actions.set_options(profile=profile, options=["people.change"], seen=0, by=None)
    address, shown = reverse("add-holder", args=[profile.pk, user.pk]), {"shown": page.context["revision"]}
    assert "This has changed since you opened the page" in client.post(address, shown, follow=True).content.decode()
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


def locked(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def stopped(user):
    yesterday = timezone.localdate() - timedelta(days=1)
    make_person("staff", user=user, is_contact=True, staff_last_day=yesterday)


@pytest.mark.parametrize("is_gone", [locked, stopped])
def test_who_is_locked_or_has_stopped_is_no_administrator_who_stays(is_gone):
    administrator, profile = make_administrator(), Profile.objects.system_administrator()
    is_gone(make_administrator("second"))
    assert is_last_administrator(administrator)
    with pytest.raises(actions.AccessRefused, match="at least one System Administrator"):
        actions.remove_holder(profile=profile, user=administrator, by=administrator)
    make_administrator("third")
    assert not is_last_administrator(administrator)


def test_the_system_administrators_options_cannot_be_changed(client):
    client.force_login(make_administrator())
    profile = Profile.objects.system_administrator()
    client.post(reverse("profile", args=[profile.pk]), {"options": []})
    assert len(Profile.objects.system_administrator().options) == len(options())


# --- impersonation ---


def impersonate(client, user):
    return client.post(reverse("impersonate", args=[user.pk]), {"reason": "Asks for help"})


def test_an_administrator_looks_with_somebodys_eyes_and_both_names_are_in_the_trail(client):
    client.force_login(make_administrator())
    contact = make_sign_in(make_person("contact", given_name="Grace"))
    impersonate(client, contact)
    html = client.get("/my-details/").content.decode()
    assert "You are viewing as <strong>Grace" in html
    assert client.get("/audit/").status_code == 403
    client.post(reverse("stop-impersonating"))
    assert client.get("/audit/").status_code == 200
    acts = list(
        AuditEvent.objects.filter(act__contains="viewing").values_list("actor__username", "act", "on_behalf_of")
    )
    assert acts == [
        ("administrator", "started viewing as somebody else", f"user {contact.pk}"),
        ("administrator", "stopped viewing as somebody else", f"user {contact.pk}"),
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
    assert "You viewed as" in html and "You are viewing as" not in html and client.get("/audit/").status_code == 403


@pytest.mark.parametrize(
    "make", [make_administrator, lambda: make_sign_in(make_person("staff"), options=["messaging.write"])]
)
def test_nobody_with_an_administrative_option_can_be_viewed_as(client, make):
    target = make() if make is not make_administrator else make_administrator("other")
    client.force_login(make_administrator("looker"))
    impersonate(client, target)
    assert not may_be_impersonated(target)
    assert "You are viewing as" not in client.get("/my-details/").content.decode()


def left(user):
    leave(user.person)


def made_superuser(user):
    User.objects.filter(pk=user.pk).update(is_superuser=True)


@pytest.mark.parametrize("become", [locked, left, made_superuser])
def test_who_is_locked_has_left_or_may_do_all_is_not_viewed_as_and_no_longer(client, become):
    user = make_sign_in(make_person("contact"))
    client.force_login(make_administrator())
    impersonate(client, user)
    assert "You are viewing as" in client.get("/my-details/").content.decode()
    assert user in without_options()
    become(user)
    assert "You are viewing as" not in client.get("/my-details/").content.decode()
    user = User.objects.get(pk=user.pk)
    assert not may_be_impersonated(user) and user not in without_options()
    with pytest.raises(actions.AccessRefused, match="can be viewed as"):
        viewing.begin(user=user, reason="Asks for help", by=User.objects.get(username="administrator"))


def test_viewing_ends_when_the_person_becomes_an_administrator_meanwhile(client):
    client.force_login(make_administrator())
    user = make_sign_in(make_person("staff"))
    impersonate(client, user)
    user.groups.add(Profile.objects.system_administrator().group)
    assert "You are viewing as" not in client.get("/my-details/").content.decode()


def test_a_visit_needs_the_option_and_a_reason(client):
    user = make_sign_in(make_person("contact"))
    client.force_login(make_sign_in(make_person("staff"), options=["access.view_accounts"]))
    assert impersonate(client, user).status_code == 403
    assert "Impersonate" not in client.post(reverse("accounts"), {"q": user.person.given_name}).content.decode()
    client.force_login(make_administrator())
    page = client.post(reverse("impersonate", args=[user.pk]), {"reason": " "})
    assert page.context["form"].errors.keys() == {"reason"} and not Viewing.objects.exists()
    assert "You are viewing as" not in client.get("/my-details/").content.decode()


def test_viewing_is_over_after_half_an_hour_and_what_was_open_is_refused(client):
    administrator, grace = make_administrator(), make_sign_in(make_person("contact", given_name="Grace"))
    client.force_login(administrator)
    impersonate(client, grace)
    set_back(minutes=29)
    assert "You are viewing as <strong>Grace" in client.get("/my-details/").content.decode()
    set_back(minutes=2)
    refused = client.post(reverse("language"), {"language": "zh-hant"})
    assert refused.status_code == 403 and "You viewed as Grace" in refused.content.decode()
    html = client.get("/audit/").content.decode()
    assert "over after 30 minutes" in html and "You are viewing as" not in html
    assert (Viewing.objects.get().ended, Viewing.objects.get().by) == (Viewing.Ended.OVER, administrator)


def set_back(minutes):
    Viewing.objects.update(begun_at=F("begun_at") - timedelta(minutes=minutes))


def test_it_ends_though_no_page_is_opened_any_more(client):
    client.force_login(make_administrator())
    impersonate(client, make_sign_in(make_person("contact")))
    viewing.end_what_is_over()
    assert Viewing.objects.get().ended == ""
    set_back(minutes=31)
    viewing.end_what_is_over()
    viewing.end_what_is_over()
    assert AuditEvent.objects.get(act="stopped viewing as somebody else").details == {"ended": "over"}
    assert client.get("/my-details/").status_code == 403


def test_the_session_is_renewed_at_both_ends_and_no_page_of_the_one_posts_in_the_other():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_administrator())
    user = make_sign_in(make_person("contact"))
    address, keys, tokens = reverse("impersonate", args=[user.pk]), [], []

    def post(address, **values):
        return client.post(address, values | {"csrfmiddlewaretoken": tokens[-1]})

    def look():
        tokens.append(client.get("/my-details/").context["csrf_token"])
        keys.append(client.session.session_key)

    client.get(address)
    look()
    opened = OpenSession.objects.values("pk", "begun_at").get()
    post(address, reason="Asks for help")
    look()
    post(reverse("stop-impersonating"))
    look()
    assert len(set(keys)) == 3 and OpenSession.objects.values("pk", "begun_at").get() == opened
    assert OpenSession.objects.get().session_id == keys[-1]
    stale = client.post(reverse("language"), {"language": "en", "csrfmiddlewaretoken": tokens[1]})
    assert stale.status_code == 403


def test_whoever_was_viewed_as_sees_by_whom_and_when_and_not_why(client):
    administrator, grace = make_administrator(), make_sign_in(make_person("contact", given_name="Grace"))
    client.force_login(administrator)
    client.post(reverse("impersonate", args=[grace.pk]), {"reason": "Tom cannot see his marks"})
    client.post(reverse("stop-impersonating"))
    assert "Tom cannot see his marks" in client.get("/audit/").content.decode()
    assert "Tom cannot" not in str(list(AuditEvent.objects.values()))
    client.force_login(grace)
    html = client.get("/my-details/").content.decode()
    assert "Who viewed the portal as you" in html and "administrator" in html and "Tom cannot" not in html


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
