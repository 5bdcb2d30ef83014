"""Every page of people, imports, accounts and codes, and its steps: axe finds nothing, at the desk and on a phone, light
and dark, in three languages."""

import json

import pytest

from .test_pages import LOOKS, WAYS

# A family that left, two of one number, a list with siblings, something wrong of every kind: each page has its rows.
_PREPARE = """
import json
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from portal.access.demo import make_sign_in
from portal.people.demo import leave, make_group, make_person, relate
from portal.people.importing import actions
from portal.people.importing.reading import columns_of, open_table
from portal.people.importing.working import work_on_all
from portal.people.leaving.actions import set_last_days
from portal.people.merging.actions import merge
from portal.people.models import Import, Person, Proposal, User
from portal.people.roles import Role

office = User.objects.get(username="administrator")
year = make_group("year", "Year 7")
pupil = make_person("pupil", reference="DEMO-AXE-P", chinese_name="周小雨", family_name="Zhou")
mother = make_person("contact", reference="DEMO-AXE-M", chinese_name="周梅", family_name="Zhou", email="mei@zhou.example")
twice = make_person("contact", reference="DEMO-AXE-M2", family_name="Zhou")
again = make_person("contact", reference="DEMO-AXE-M3", family_name="Zhou")
gone = make_person("pupil", reference="DEMO-AXE-G", family_name="Zhou")
make_group("form", "7A", year, [pupil, gone])
relate(mother, pupil), relate(mother, gone, may_receive_messages=False)
make_sign_in(mother)
leave(gone)
set_last_days({(mother.pk, Role.CONTACT): date(2099, 7, 31)}, by=office)
Person.objects.filter(pk=mother.pk).update(mended={"mobile": {"file": "+8613800003001"}}, file_differs=True)
merge(kept=mother, gone=twice, stays={}, by=office)
Proposal.objects.create(person=mother, what="mobile", before={"mobile": ""}, values={"mobile": again.mobile})


def file(name, *lines):
    upload = SimpleUploadedFile(name, "\\n".join(lines).encode())
    return actions.upload(upload, columns_of(open_table(upload)), by=office)


def read(imported, **answers):
    actions.read(imported, **answers)
    while Import.objects.get(pk=imported.pk).is_at_work:
        work_on_all()
    imported.refresh_from_db()
    return imported


HEAD = "reference,roles,given_name,family_name,chinese_name,email,mobile,language,groups,pupils"
PUPILS = "学号,姓名,班主任,年级,班级,父亲姓名,父亲手机"
people = read(
    file(
        "people.csv", HEAD,
        "DEMO-AXE-G,pupil,Alex,Zhou,,,,,year=Year 7; form=7A,",
        "DEMO-AXE-M,contact,Alexa,Zhou,周梅,mei@zhou.example,13800003009,,,DEMO-AXE-P=mother",
        "DEMO-AXE-M3,contact,Alex,Zhou,,,13800003005,,,DEMO-AXE-P=other",
        "DEMO-AXE-N1,contact,Bo,Zhou,,,13800003005,,,DEMO-AXE-P=other",
        "DEMO-AXE-N2,contact,Bo,Wu,,,1380000300O,,,",
        "DEMO-AXE-N3,pupil,Na,Wu,,,12,,,",
        "DEMO-AXE-N4,contact,Na,Wu,,,,,,DEMO-AXE-N3=mother",
        "DEMO-AXE-P,pupil,Alex,Zhou,周小雨,,,,year=Year 8; form=8A,",
        "DEMOAXEP,pupil,Alex,Zhou,,,,,,",
    ),
    complete=["pupils"],
)
actions.say_back(people, people.rows.get(reference="DEMO-AXE-G").pk)
siblings = read(file("siblings.csv", PUPILS, "A1,李明,,七年级,1班,李伟,13800003001", "A2,李娜,,八年级,1班,李伟,13800003001"))
done = read(file("done.csv", HEAD, "DEMO-AXE-D,contact,Da,Wu,,,,,,"))
actions.let_in(done, by=office)
while Import.objects.get(pk=done.pk).is_at_work:
    work_on_all()
nobody = make_sign_in(username="of-no-person")
ids = {"mother": mother, "pupil": pupil, "gone": gone, "again": again, "people": people, "siblings": siblings}
ids |= {"done": done, "columns": file("columns.csv", PUPILS, "A1,李明,,七年级,1班,李伟,13800003001"), "nobody": nobody}
print(json.dumps({name: row.pk for name, row in ids.items()}))
"""


def searched(page):
    page.locator("main [name=q]").fill("Zhou")
    page.locator("main [name=q]").press("Enter")


def continued(page):
    page.locator("main form button.button").first.click()


def merged(page):
    page.locator("main button[name=other]").first.click()


# (address, what is pressed there before it is looked at)
PAGES = [
    ("/people/", None),
    ("/people/", searched),
    ("/people/?here=left&lacks=sign-in", None),
    ("/people/new/", None),
    ("/people/new/", continued),
    ("/people/{mother}/", None),
    ("/people/{pupil}/", None),
    ("/people/{gone}/", None),
    ("/people/{mother}/change/", None),
    ("/people/{pupil}/leaving/", None),
    ("/people/{pupil}/leaving/", continued),
    ("/people/{mother}/merging/", searched),
    ("/people/{mother}/merging/", merged),
    ("/people/{mother}/held/", None),
    ("/people/proposals/", None),
    ("/people/import/", None),
    ("/people/import/{columns}/", None),
    *((f"/people/import/{{people}}/?show={show}", None) for show in ("bad", "waits", "back", "changed", "leaving")),
    ("/people/import/{siblings}/", None),
    ("/people/import/{done}/", None),
    ("/accounts-profiles/accounts/", None),
    ("/accounts-profiles/accounts/", searched),
    ("/accounts-profiles/accounts/{mother}/", None),
    ("/accounts-profiles/accounts/{again}/", None),
    ("/accounts-profiles/users/{nobody}/", None),
    ("/accounts-profiles/accounts/make/", None),
    ("/accounts-profiles/letters/", None),
    ("/accounts-profiles/profiles/2/", searched),
    ("/application-setup/personal-codes/", None),
    ("/application-setup/members-to-remove/", None),
]
OF_A_CONTACT = [("/my-details/", None), ("/my-details/propose/", None)]


@pytest.fixture(scope="module")
def prepared(linked_demo):
    """{name: id} of what the pages are about."""
    return json.loads(linked_demo.shell(_PREPARE))


@pytest.mark.parametrize(("language", "theme", "width"), WAYS)
def test_no_page_of_people_breaks_the_rules_of_access_or_the_width(
    linked_demo, prepared, browser, axe_of, language, theme, width
):
    wrong: list[str] = []

    def failed(error):
        wrong.append(str(error))

    for role, pages in (("administrator", PAGES), ("contact", OF_A_CONTACT)):
        context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=theme)
        context.add_cookies([{"name": "django_language", "value": language, "url": linked_demo.portal}])
        page = context.new_page()
        page.on("pageerror", failed)
        linked_demo.sign_in(page, role)
        for address, press in pages:
            assert page.goto(linked_demo.portal + address.format(**prepared)).ok, address
            if press:
                press(page)
                page.wait_for_load_state()
            where = f"{role} {address} {press.__name__ if press else ''}"
            wrong += [f"{where}: {violation}" for violation in axe_of(page)]
            wrong += [f"{where}: {look}" for look, script in LOOKS.items() if page.evaluate(script)]
        context.close()
    assert wrong == []
