"""Signing in with a second factor, as staff meet it: by passkey, by code, needed, lost, and a password that was stolen."""

import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from portal.access.demo import code_at

from .conftest import ROOT
from .test_pages import WAYS

PASSWORD = "harbour-2026-staff"
_STAFF = f"""
from portal.access.demo import make_sign_in
from portal.people.models import Person
person = Person.objects.filter(is_staff_member=True, user=None).order_by("pk").first()
Person.objects.filter(pk=person.pk).update(language="en")
print(person.pk, make_sign_in(person, password="{PASSWORD}", options=["people.view"]).username)
"""
_NEED = """
from portal.access.models import Profile
Profile.objects.filter(group__user__username="%s").update(needs_factor=True)
"""


def run(demo, program):
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", program]
    return subprocess.run(command, cwd=ROOT, env=demo.environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def teacher(fresh_demo):
    """(the key of the person, the username) of somebody of the staff, who has no second factor."""
    key, name = run(fresh_demo, _STAFF).split()
    fresh_demo.sign_ins[name] = {"username": name, "password": PASSWORD}
    return key, name


def authenticator(page):
    """A fingerprint reader in the browser, that says yes."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})


def set_up_app(page):
    """From the page of second factors; returns the secret that the app holds then."""
    page.get_by_role("link", name="Add an app that shows codes").click()
    secret = page.locator("main code").inner_text()
    page.get_by_label("The code that the app shows").fill(code_at(int(time.time()) // 30, secret))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main li code")).to_have_count(10)
    return secret


def give_code(page, secret):
    # The code of enrolling may be given once more, and the next one is good already.
    page.get_by_label("Code").fill(code_at(int(time.time()) // 30, secret))
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_and_signs_in(fresh_demo, teacher, page, axe_of):
    authenticator(page)
    fresh_demo.sign_in(page, teacher[1], at="/sign-in/?next=/my-details/")
    page.get_by_role("link", name="Second factor, passkeys and recovery codes").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of the passkey").fill("laptop")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert page.locator("main li code").count() == 10 and axe_of(page) == []
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("Passkey: laptop")).to_be_visible()
    fresh_demo.sign_out(page)
    fresh_demo.sign_in(page, teacher[1], at="/sign-in/?next=/my-details/")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My Details")).to_be_visible()


def test_an_app_signs_in_and_a_stolen_password_does_not(fresh_demo, teacher, page, browser):
    fresh_demo.sign_in(page, teacher[1])
    page.goto(f"{fresh_demo.portal}/my-details/second-factor/")
    secret = set_up_app(page)
    thief = browser.new_context().new_page()
    fresh_demo.sign_in(thief, teacher[1])
    thief.get_by_label("Code").fill("000000")
    thief.get_by_role("button", name="Sign in").click()
    expect(thief.get_by_text("That is not the code.").first).to_be_visible()
    thief.goto(f"{fresh_demo.portal}/people/")
    expect(thief).to_have_url(re.compile("/sign-in/"))
    thief.context.close()
    fresh_demo.sign_out(page)
    fresh_demo.sign_in(page, teacher[1], at="/sign-in/?next=/people/")
    give_code(page, secret)
    expect(page).to_have_url(re.compile("/people/$"))


def test_one_that_is_needed_opens_the_rest_and_one_that_was_lost_is_removed(fresh_demo, teacher, page, browser):
    key, name = teacher
    run(fresh_demo, _NEED % name)
    fresh_demo.sign_in(page, name, at="/sign-in/?next=/people/")
    expect(page.get_by_text("Your administrator profile needs a second factor.")).to_be_visible()
    set_up_app(page)
    page.goto(f"{fresh_demo.portal}/people/")
    expect(page).to_have_url(re.compile("/people/$"))
    helper = browser.new_context().new_page()
    fresh_demo.sign_in(helper, "administrator")
    helper.goto(f"{fresh_demo.portal}/accounts-profiles/accounts/{key}/")
    helper.get_by_role("button", name="Remove the second factor that was lost").click()
    expect(helper.get_by_text("Their second factors are removed")).to_be_visible()
    helper.context.close()
    page.goto(f"{fresh_demo.portal}/people/")
    fresh_demo.sign_in(page, name, at="/sign-in/?next=/people/")
    expect(page.get_by_text("Your administrator profile needs a second factor.")).to_be_visible()


_APP = """
from portal.access.demo import add_app
from portal.people.models import User
add_app(User.objects.get(username="%s"))
"""


def test_its_pages_break_no_rule_in_any_language_theme_and_width(fresh_demo, teacher, browser, axe_of):
    wrong = []
    contexts = {}

    def heard(said):
        if "Content Security" in said.text:
            wrong.append(said.text)

    for language, theme, width in WAYS:
        context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=theme)
        context.add_cookies([{"name": "django_language", "value": language, "url": fresh_demo.portal}])
        page = contexts[language, theme, width] = context.new_page()
        page.on("console", heard)
        fresh_demo.sign_in(page, teacher[1])
        for name in ("", "app/", "passkey/"):
            page.goto(f"{fresh_demo.portal}/my-details/second-factor/{name}")
            wrong += _broken(page, axe_of, name)
    run(fresh_demo, _APP % teacher[1])
    for page in contexts.values():
        fresh_demo.sign_out(page)
        fresh_demo.sign_in(page, teacher[1])
        assert "second" not in page.url
        wrong += _broken(page, axe_of, "second step")
        page.context.close()
    assert wrong == []


def _broken(page, axe_of, name):
    found = [f"{name}: {violation}" for violation in axe_of(page)]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found + ([f"{name}: too wide"] if wide else [])
