"""A further language is one line of the settings and a catalogue."""

import re

import pytest
from django.core.management import call_command

from messaging import fill_in
from portal import languages
from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from tests.checks import ROOT

pytestmark = pytest.mark.django_db
_CODE = re.compile(r"""zh[-_]han|["']en["']|简体|繁體""", re.IGNORECASE)
# The list itself, and the invented school, whose people speak some language.
# What is held about somebody has the names of columns, which are English to everybody.
_MAY_NAME_THEM = {
    "portal/settings.py",
    "portal/people/demo.py",
    "portal/access/demo.py",
    "templates/access/held.html",
}


@pytest.fixture
def a_fourth(settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("fr", "Français")]
    settings.LANGUAGE_NAMES = dict(settings.LANGUAGES)


def test_nothing_but_the_list_names_a_language():
    sources = [
        path
        for folder in ("portal", "wechat_admin", "registration", "messaging", "templates")
        for pattern in ("*.py", "*.html")
        for path in (ROOT / folder).rglob(pattern)
        if not {"migrations", "tests", "simulator", "formats"} & set(path.parts)
    ]
    named = [str(path.relative_to(ROOT)) for path in sources if _CODE.search(path.read_text())]
    assert set(named) - _MAY_NAME_THEM == set()


def test_a_further_language_needs_no_migration(a_fourth):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_further_language_is_offered_on_every_page_and_kept_for_the_person(a_fourth, client):
    user = make_sign_in(make_person("contact"))
    assert "Français" in client.get("/sign-in/").content.decode()
    client.force_login(user)
    client.post("/language/", {"language": "fr"})
    user.person.refresh_from_db()
    assert user.person.language == "fr"
    user.person.full_clean()
    assert '<html lang="fr"' in client.get("/my-details/").content.decode()


def test_a_further_language_has_its_text_in_a_message(a_fourth, client):
    client.force_login(make_administrator())
    assert "Français" in client.get("/messaging/new/", follow=True).content.decode()


def test_a_fault_is_said_in_every_language(a_fourth, client, monkeypatch):
    monkeypatch.setattr("portal.access.views.SignInForm.__init__", lambda *a, **k: 1 / 0)
    client.raise_request_exception = False
    html = client.get("/sign-in/").content.decode()
    assert "ZeroDivision" not in html
    assert re.findall("lang='(.*?)'", html) == ["en", "zh-Hans", "zh-Hant", "fr"]
    assert "Something failed" in html and "系统出了问题" in html and "系統" in html


def test_a_field_to_fill_in_is_named_in_every_language():
    assert fill_in.fields_in("((name)) ((姓名)) （（班级）） ((班別)) ((學校))") == [
        "name",
        "name",
        "form",
        "form",
        "school",
    ]
    assert fill_in.fill_in("((姓名))", {"name": "Wei"}) == "Wei"
    assert fill_in.mistakes("((nom))")


@pytest.mark.parametrize(
    ("text", "code"),
    [("明天放假。", "zh-hans"), ("Zoë’s trip", "en"), ("No school – “closed”", "en"), ("", "en"), ("🎉", "en")],
)
def test_letters_tell_which_language_a_text_is_in(text, code):
    assert languages.written_in(text) == code
