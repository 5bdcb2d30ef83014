"""Help: a page for every screen, one search over them, and guides to print."""

import json
import re
from dataclasses import replace
from gettext import GNUTranslations
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import translation
from django.utils.html import strip_tags

from portal.access.demo import make_administrator, make_sign_in
from portal.help.guides import guides, guides_for
from portal.help.pages import pages, pages_for
from portal.help.search import find, words_of
from portal.people.demo import make_person
from portal.uploads import MEGABYTE, MOST_TOGETHER
from wechat_admin.demo import make_account
from wechat_admin.wecom import bodies

from .help_pictures import LANGUAGES, LARGEST, PICTURES, RECORD, words_of_ours
from .test_permissions import ADMINISTRATOR, EVERYBODY, TABLE

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[1]
# What answers with no screen of its own: a file, a part of a page, or the way to another page.
NO_SCREEN = {
    *("help", "help-page", "help-guide", "home", "notice", "metrics", "readyz", "ownership-file", "wechat-callback"),
    *("audit-csv", "download-held", "import-progress", "import-problems", "wechat-checks", "wechat-qr-preview"),
    *("wechat-qr-picture", "registration:any-case", "registration:any-case-step", "registration:state"),
    *("registration:qr", "registration:invitation-code", "registration:export", "messaging:progress"),
    *("messaging:sent-csv", "messaging:to-person-csv", "messaging:my-file", "messaging:my-following-file"),
    *("messaging:file", "messaging:following-file", "messaging:attempts-csv", "messaging:missed"),
    *("messaging:pupils-csv", "messaging:export", "messaging:article-picture"),
}
# What help names that no page of ours says so: others' screens, and buttons that carry a number.
OTHERS_WORDS = {
    *("Messages only in WeCom", "Receive application messages", "Stopped applications"),
    *("Unconfirmed", "Remove … members", "Release"),
}


def said(response):
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def found(question, user):
    return [(section.page.slug, section.heading) for section, _excerpt in find(question, user)]


def test_a_word_in_a_title_comes_before_one_in_a_heading_and_that_before_one_in_the_text(administrator):
    slugs = [slug for slug, _heading in found("importing", administrator)]
    assert slugs[0] == "importing"
    first, *_others = found("stop", administrator)
    assert first == ("messaging", "Stop")


def test_a_question_finds_the_word_in_its_other_number_and_marks_it(administrator):
    assert words_of("spreadsheets AgentId") == ["spreadsheet", "agentid"]
    assert words_of("Messages") == ["message"] and words_of("is  IS") == ["is"]
    [(_section, excerpt), *_] = find("spreadsheets", administrator)
    assert "<mark>spreadsheet</mark>" in excerpt


def test_chinese_is_found_by_any_part_of_a_sentence(administrator):
    with translation.override("zh-hans"):
        assert words_of("二维码") == ["二维", "维码"]
        assert ("family-registration", "") in found("怎么扫描二维码关注学校", AnonymousUser())
        assert found("导入表格里的人", administrator)[0][0] == "importing"


def test_what_is_searched_for_is_text_and_no_pattern(client):
    response = client.get("/help/", {"q": "<zq>.*(["})
    assert response.status_code == 200 and "<zq>.*" not in response.content.decode()
    assert "No help page has these words" in said(response)


def test_nothing_is_found_that_the_reader_may_not_read(client):
    assert "No help page has these words" in said(client.get("/help/", {"q": "AgentId"}))
    assert "Registering as staff" in said(client.get("/help/", {"q": "registering"}))


def test_whoever_has_a_menu_keeps_it_on_help_pages_and_searches_from_every_one(client, administrator):
    for address in ["/help/", "/help/linking/", "/help/guides/administrator/"]:
        html = client.get(address).content.decode()
        assert 'class="rail"' in html, address
    assert 'name="q"' in client.get("/help/linking/").content.decode()
    assert 'class="rail"' not in Client().get("/help/staff-registration/").content.decode()


def test_a_guide_gathers_its_pages_in_order_under_a_list_of_contents(client, administrator):
    guide = next(guide for guide in guides() if guide.slug == "administrator")
    html = client.get("/help/guides/administrator/").content.decode()
    slugs = [page.slug for page in guide.pages_for(administrator)]
    assert re.findall(r'<a href="#([\w-]+)">', html.partition("</nav>")[2].partition('class="guide"')[0]) == slugs
    assert re.findall(r'<h2 id="([\w-]+)">', html.partition('class="guide"')[2]) == slugs


def test_the_messaging_guide_says_how_large_files_may_be_as_the_limits_say(client, administrator, monkeypatch):
    video = bodies.MEDIA["video"]
    monkeypatch.setitem(bodies.MEDIA, "video", replace(video, most=7 * MEGABYTE))
    page = said(client.get("/help/guides/messaging/"))
    assert f"A video may have 7 MB, a file {bodies.MEDIA['file'].most // MEGABYTE} MB." in page
    assert f"may have {MOST_TOGETHER // MEGABYTE} MB together" in page


def test_a_guide_is_whose_first_page_is_theirs_and_holds_what_they_may_read(client):
    assert {guide.slug for guide in guides_for(AnonymousUser())} == {"staff-registration", "family-registration"}
    assert client.get("/help/guides/administrator/").status_code == 404
    client.force_login(make_sign_in(make_person("staff"), options=["wechat_admin.view_account"]))
    html = client.get("/help/guides/administrator/").content.decode()
    assert 'id="linking"' in html and 'id="importing"' not in html


def test_every_page_stands_in_a_guide_and_every_guide_names_pages_that_there_are():
    named = {slug for guide in guides() for slug in guide.slugs}
    assert named == {page.slug for page in pages()}


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_page_has_text_with_headings_of_the_second_rank_alone(language):
    with translation.override(language):
        for page in pages():
            assert len(strip_tags(page.text)) > 60, page.slug
            assert not re.search("<h[13456]", page.text), page.slug


def test_the_question_mark_opens_what_is_about_the_screen_for_this_reader(client):
    make_account()
    both = make_person("staff", is_contact=True)
    for person, slug in [(both, "family"), (make_person("staff"), "staff"), (make_person("contact"), "family")]:
        client.force_login(make_sign_in(person))
        html = client.get("/WeChatRegistration/Step1").content.decode()
        assert html.count(f'href="/help/{slug}-registration/"') == 2  # the “?” and the foot of the page
    assert "help-link" not in client.get("/nowhere/").content.decode()


def test_help_asks_the_database_for_no_page(client, administrator, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert len(pages_for(AnonymousUser())) == 3 and find("registering", AnonymousUser())


SCREENS = sorted({name for name, (_arguments, _who, method) in TABLE.items() if method == "get"} - NO_SCREEN)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_has_a_help_page_for_whoever_may_open_it(screen, screens_of):
    assert any(screen in screens for screens in screens_of(TABLE[screen][1])), "name it in a help_pages.py"


@pytest.fixture
def screens_of():
    """The screens of every page that somebody of the table's column may read."""

    def of(who):
        options = [who] if "." in who else [option for option in who if "." in option]
        user = make_sign_in(make_person("staff", is_contact=True), options=options or ["people.view"])
        user.is_superuser = who == ADMINISTRATOR
        return [page.screens for page in pages_for(AnonymousUser() if who == EVERYBODY else user)]

    return of


def test_nothing_but_screens_stands_in_a_help_page():
    named = {screen for page in pages() for screen in page.screens}
    assert named <= set(SCREENS)


def test_help_calls_every_button_as_the_page_does_in_each_language():
    catalogues = [GNUTranslations(path.open("rb")) for path in (ROOT / "locale").glob("*/LC_MESSAGES/django.mo")]
    files = [*(ROOT / "templates/help/pages").glob("*.html"), ROOT / "templates/registration/_first_message.html"]
    said = [sentence for file in files for sentence in sentences(file.read_text())]
    named = [(sentence, name) for sentence in said for name in re.findall("“([^”]+)”", sentence)]
    assert len(named) > 50 and len(catalogues) == 2
    for sentence, name in named:
        if name not in OTHERS_WORDS:
            for catalogue in catalogues:
                assert catalogue.gettext(name) != name, f"no page says “{name}”"
                assert catalogue.gettext(name) in catalogue.gettext(sentence), name


def sentences(template):
    found = re.findall(r'translate "([^"]*)"|blocktranslate trimmed %\}(.*?)\{% endblock', template, re.DOTALL)
    return [" ".join((short or long).split()) for short, long in found]


def test_every_picture_that_a_page_names_is_there_small_and_in_every_language():
    named = {name for file in (ROOT / "templates/help/pages").glob("*.html") for name in pictures_of(file)}
    assert len(named) > 10
    kept = {(file.parent.name, file.stem) for file in PICTURES.rglob("*.webp")}
    assert kept == {(language, name) for name in named for language in LANGUAGES}
    assert [file for file in PICTURES.rglob("*.webp") if file.stat().st_size > LARGEST] == []


def pictures_of(file):
    return re.findall(r'{% picture "([^"]+)"', file.read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_picture_shows_is_still_said(language):
    """Else its screen says something else by now: `make pictures`."""
    for name, shown in json.loads(RECORD.read_text()).items():
        assert words_of_ours(shown[language], language) == shown[language], name
