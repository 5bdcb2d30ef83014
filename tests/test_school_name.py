"""A school has a name and a contact in each language: pages, letters and sheets say those of their reader's."""

import pytest
from django.core import mail

from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.mail.sending import send_due
from portal.people.demo import make_group, make_person
from portal.school.models import SchoolSetting
from wechat_admin.callback.receiving import reply_text
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/school/"


@pytest.fixture
def named():
    SchoolSetting.objects.create(name="school_name_zh-hans", value="港湾桥学校")
    SchoolSetting.objects.create(name="office_contact_zh-hans", value="学校办公室 12 号")


def page(client, language, address="/sign-in/"):
    client.cookies["django_language"] = language
    return client.get(address).content.decode()


def test_a_page_says_them_in_its_readers_language_and_the_main_ones_where_there_are_none(client, named):
    assert "港湾桥学校" in page(client, "zh-hans") and "学校办公室 12 号" in page(client, "zh-hans")
    for language in ("en", "zh-hant"):
        assert "Harbour Bridge School" in page(client, language) and "港湾桥学校" not in page(client, language)


def test_the_main_name_is_the_schools_to_change_and_empty_goes_back(client):
    client.force_login(make_administrator())
    client.post(ADDRESS, {"school_name": "Harbour School", "seen": 0})
    assert "Harbour School" in page(client, "zh-hant", "/help/")
    client.post(ADDRESS, {"school_name": "", "seen": 1})
    assert "Harbour Bridge School" in page(client, "en", "/help/")


def test_a_letter_says_them_in_the_language_of_whom_it_is_for(named):
    for name, language in (("wei", "zh-hans"), ("ann", "en")):
        person = make_person("contact", email=f"{name}@family.example", language=language)
        make_sign_in(person, username=name, password="a-long-password")
        actions.ask_for_new_password(email=person.email)
    send_due()
    letters = {letter.to[0]: letter.subject + letter.body for letter in mail.outbox}
    assert "港湾桥学校" in letters["wei@family.example"] and "学校办公室 12 号" in letters["wei@family.example"]
    assert "Harbour Bridge School" in letters["ann@family.example"] and "港湾桥" not in letters["ann@family.example"]


def test_what_nobody_knows_the_reader_of_says_every_one_once(client, named):
    make_account()
    make_group("form", "7A")
    client.force_login(make_administrator())
    sheet = page(client, "en", "/application-setup/invitations/hand-outs/")
    assert "Harbour Bridge School · 港湾桥学校 · 7A" in sheet
    assert reply_text().count("学校办公室 12 号") == 1


def test_the_settings_show_in_the_box_what_holds(client):
    client.force_login(make_administrator())
    form = client.get(ADDRESS).context["form"]
    assert form["invitation_days"].value() == 7 and form["school_name"].value() == "Harbour Bridge School"
    shown = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", False)}
    client.post(ADDRESS, shown)
    assert not SchoolSetting.objects.exists(), "what is saved as it was shown goes on as the default"
