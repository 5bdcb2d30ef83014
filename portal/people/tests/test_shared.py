"""Two people with one mobile number or e-mail address: allowed, and said by name to whoever brings it, at the desk and in a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.people import importing
from portal.people.demo import leave, make_person
from portal.people.models import Import, ImportRow
from portal.people.tasks import imports as work

pytestmark = pytest.mark.django_db
HEAD = ",".join(importing.COLUMNS)
NUMBER = "+8613800003001"
MEANING = "Families share telephones, so it is no mistake."


def read(desk, *lines):
    desk.post(reverse("imports"), {"file": SimpleUploadedFile("people.csv", "\n".join([HEAD, *lines]).encode())})
    imported = Import.objects.latest("pk")
    address = reverse("import", args=[imported.pk])
    form = desk.get(address).context["form"]
    desk.post(address, {field.html_name: field.value() for field in form.column_fields} | {"table": "people"})
    work()
    imported.refresh_from_db()
    return imported


def sharing(desk, imported):
    """{reference: [whose number it is too]}, as the page names them."""
    page = desk.get(reverse("import", args=[imported.pk]))
    assert (MEANING in page.content.decode()) == bool(page.context["sharing"].rows)
    return {row.reference: row.shared[0][1] for row in page.context["sharing"].rows}


def test_two_rows_with_one_number_go_in_and_are_named(admin_client):
    imported = read(
        admin_client,
        "C1,contact,Wei,Li,,,13800003001,,,",
        "C2,contact,Fang,Wang,,,138 0000 3001,,,",
        "C3,contact,Bo,Wu,,,13800003003,,,",
        "C4,contact,Na,Wu,,,,,,",
        "C5,contact,Qi,Wu,,,,,,",
    )
    assert sharing(admin_client, imported) == {"C1": ["Fang Wang (C2)"], "C2": ["Wei Li (C1)"]}
    assert imported.counts == {"new": 5}


def test_a_number_of_somebody_on_record_is_named_with_them_left_or_not(admin_client):
    make_person("contact", reference="M1", given_name="Mum", family_name="", mobile=NUMBER)
    leave(make_person("contact", reference="M2", given_name="Gone", family_name="", mobile=NUMBER))
    make_person("contact", reference="M3", given_name="Bo", family_name="", mobile="")
    imported = read(admin_client, "C1,contact,Wei,Li,,,13800003001,,,", "M3,contact,Bo,,,,13800003001,,,")
    shared = sharing(admin_client, imported)
    assert shared["C1"] == ["Bo (M3)", "Gone (M2) – left", "Mum (M1)"] and shared["M3"][0] == "Wei Li (C1)"


def test_an_address_in_two_rows_or_of_somebody_on_record_is_named_beside_the_number(admin_client):
    make_person("contact", reference="M1", given_name="Mum", family_name="", mobile=NUMBER, email="Family@home.example")
    imported = read(
        admin_client,
        "C1,contact,Wei,Li,,family@home.example,13800003001,,,",
        "C2,contact,Fang,Li,,FAMILY@HOME.example,13800003002,,,",
    )
    rows = admin_client.get(reverse("import", args=[imported.pk])).context["sharing"].rows
    assert {row.reference: row.shared for row in rows} == {
        "C1": [("+86 138 0000 3001", ["Mum (M1)"]), ("family@home.example", ["Fang Li (C2)", "Mum (M1)"])],
        "C2": [("FAMILY@HOME.example", ["Wei Li (C1)", "Mum (M1)"])],
    }


def test_only_a_number_that_a_row_brings_is_told_not_one_it_leaves_as_it_is(admin_client):
    for reference in ("M1", "M2"):
        make_person("contact", reference=reference, given_name="Mum", family_name="", mobile=NUMBER)
    lines = [f"{reference},contact,Mum,,,,13800003001,,," for reference in ("M1", "M2")]
    assert sharing(admin_client, read(admin_client, *lines)) == {}
    mended = {"mobile": {"file": "+8613800003009"}}
    make_person("contact", reference="M3", given_name="Mum", family_name="", mobile="", mended=mended)
    assert sharing(admin_client, read(admin_client, *lines, "M3,contact,Mum,,,,13800003001,,,")) == {}, (
        "the desk's stays"
    )
    assert ImportRow.objects.latest("pk").verdict == ImportRow.Verdict.CONFLICT


def test_a_number_that_goes_from_one_to_another_is_shared_by_nobody(admin_client):
    make_person("contact", reference="M1", given_name="Mum", family_name="", mobile=NUMBER)
    lines = ["M1,contact,Mum,,,,13800003009,,,", "C1,contact,Wei,Li,,,13800003001,,,"]
    assert sharing(admin_client, read(admin_client, *lines)) == {}


def test_of_one_number_of_many_the_first_are_named(admin_client):
    lines = [f"C{n},contact,Wei,Li,,,13800003001,,," for n in range(9)]
    others = sharing(admin_client, read(admin_client, *lines))["C0"]
    assert len(others) == 6 and others[-1] == "…"


def test_the_cards_cost_the_same_for_few_rows_and_many(admin_client, django_assert_max_num_queries):
    imported = read(admin_client, *(f"C{n},contact,Wei,Li,,,138000030{n // 2:02},,," for n in range(80)))
    with django_assert_max_num_queries(19):
        assert len(sharing(admin_client, imported)) == 50
