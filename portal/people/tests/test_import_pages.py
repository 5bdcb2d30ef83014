"""The import on screen: upload, columns, what will change, let in, download what stays out."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.people import importing
from portal.people.demo import make_group, make_person, relate
from portal.people.editing.actions import write
from portal.people.importing.rows import Row
from portal.people.models import Import, ImportPiece, ImportRow, KnownColumn, LastDay, Person, Relationship
from portal.people.tasks import imports as work

pytestmark = pytest.mark.django_db

HEAD = ",".join(importing.COLUMNS)
MAINLAND = "学号,姓名,班主任,年级,班级,父亲姓名,父亲手机"
Verdict = ImportRow.Verdict


@pytest.fixture
def desk(admin_client):
    return admin_client


def upload(desk, *lines, name="people.csv"):
    file = SimpleUploadedFile(name, "\n".join(lines).encode())
    return desk.post(reverse("imports"), {"file": file})


def read(desk, *lines, **answers):
    """Uploaded, columns as they are found, read."""
    upload(desk, *lines)
    imported = Import.objects.latest("pk")
    page = desk.get(reverse("import", args=[imported.pk]))
    form = page.context["form"]
    said = {field.html_name: field.value() for field in form.column_fields} | {"table": form.matched.table}
    desk.post(reverse("import", args=[imported.pk]), said | answers)
    work()
    imported.refresh_from_db()
    return imported


def page_of(desk, imported, **query):
    return desk.get(reverse("import", args=[imported.pk]), query).content.decode()


def press(desk, imported, **data):
    """Let in, as the page has it now."""
    imported.refresh_from_db()
    return desk.post(reverse("let-in", args=[imported.pk]), {"shown": imported.shown_state} | data, follow=True)


def enter(desk, imported, **data):
    press(desk, imported, **data)
    work()
    imported.refresh_from_db()


def test_a_file_goes_from_upload_to_the_directory_and_nothing_before_the_last_press(desk):
    imported = read(
        desk, HEAD, "P1,pupil,Ming,Li,李明,,,,year=Year 7; form=7A,", "C1,contact,Wei,Li,李伟,,13800003001,,,P1=father"
    )
    html = page_of(desk, imported)
    assert imported.state == Import.State.READY and not Person.objects.filter(reference="P1").exists()
    assert "What will change" in html and "Ming Li 李明" in html and "Wei Li 李伟" in html
    enter(desk, imported)
    assert imported.state == Import.State.DONE and imported.counts == {"new": 2}
    assert Relationship.objects.get().pupil.reference == "P1"
    assert reverse("person", args=[Person.objects.get(reference="P1").pk]) in page_of(desk, imported)


def test_what_is_changed_is_shown_before_and_after(desk):
    read_in = read(desk, HEAD, "C1,contact,Wei,Li,,,13800003001,,,")
    enter(desk, read_in)
    imported = read(desk, HEAD, "C1,contact,Wei,Li,,,13900003001,,,")
    html = page_of(desk, imported)
    assert "+86 138 0000 3001 → +86 139 0000 3001" in html


def test_good_rows_go_in_and_bad_ones_come_back_with_their_problem(desk):
    imported = read(
        desk,
        HEAD,
        "P1,pupil,Ming,Li,,,,,,",
        "P2,pupil,Na,Li,,,1380000300O,,,",
        "C2,contact,Wei,Li,,,,,,P2=father",
        "C1,contact,Wei,Li,,,,,,P1=father",
    )
    assert imported.counts == {"new": 2, "bad": 1, "waits": 1}
    html = page_of(desk, imported, show="bad")
    assert "<td>3</td>" in html and "1380000300O" in html and "“O” stands in it" in html
    assert "Waits for row 3." in page_of(desk, imported, show="waits")
    enter(desk, imported)
    assert set(Person.objects.filter(is_staff_member=False).values_list("reference", flat=True)) == {"P1", "C1"}
    answer = desk.get(reverse("import-problems", args=[imported.pk]))
    table = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[0] for row in table] == ["reference", "P2", "C2"] and table[0][-1] == "problem"
    assert "“O” stands in it" in table[1][-1]
    mended = "\n".join(",".join(row) for row in table).replace("300O", "3000")
    again = read(desk, *mended.splitlines())
    assert again.counts == {"new": 2}


def test_a_contact_of_a_pupil_who_is_there_and_of_a_bad_row_waits_for_that_row_alone(desk):
    make_person("pupil", reference="P1")
    imported = read(desk, HEAD, "P2,pupil,Na,Li,,,1380000300O,,,", "C1,contact,Wei,Li,,,,,,P2=father; P1=father")
    assert imported.counts == {"bad": 1, "waits": 1}
    assert "Waits for row 2." in page_of(desk, imported, show="waits")


@pytest.mark.parametrize(
    ("line", "offered"),
    [("P1,pupil,Ming,Li,,,,,,", False), ("P1,pupil,Ming,Li,,,12,,,", True), ("C1,contact,Wei,Li,,,,,,P2=father", True)],
)
def test_rows_that_stay_out_are_offered_as_a_file_and_where_there_are_none_nothing_is(desk, line, offered):
    imported = read(desk, HEAD, "P9,pupil,Na,Li,,,,,,", line)
    assert (reverse("import-problems", args=[imported.pk]) in page_of(desk, imported)) is offered


def test_whoever_names_a_row_that_waits_waits_as_well(desk):
    imported = read(
        desk,
        HEAD,
        "M1,contact,Mum,,,,,,,S1=mother",
        "S1,pupil; contact,Big,,,,,,,P1=other",
        "P1,pupil,Small,,,,12,,,",
        "M2,contact,Mum,,,,,,,S2=mother",
        "S2,pupil; contact,Big,,,,,,,NOBODY=other",
    )
    assert dict(imported.rows.values_list("reference", "verdict")) == {
        "M1": "waits",
        "S1": "waits",
        "P1": "bad",
        "M2": "waits",
        "S2": "bad",
    }


def test_whoever_has_left_and_is_in_the_file_is_named_for_they_stay_left(desk):
    day = timezone.localdate() - timedelta(days=9)
    make_person("contact", reference="M1", given_name="Fang", last_day=day)
    make_person("pupil", reference="P1", given_name="Ming", last_day=day)
    make_person("pupil", reference="P3", given_name="Na")
    lines = ["P1,pupil,Ming,,,,,,,", "P2,pupil,Bo,,,,,,,", "P3,pupil,Na,,,,,,,", "M1,contact,Fang,,,,,,,P2=mother"]
    imported = read(desk, HEAD, *lines)
    page = desk.get(reverse("import", args=[imported.pk]))
    assert [(row.reference, row.roles_over[0][1]) for row in page.context["left"].rows] == [("P1", day), ("M1", day)]
    assert "In the file, and left" in page.content.decode() and "back" not in imported.counts
    enter(desk, imported)
    assert "In the file, and left" not in page_of(desk, imported) and Person.objects.get(reference="M1").has_left


def left_family(day):
    mother = make_person("contact", reference="M1", given_name="Fang", family_name="", mobile="", last_day=day)
    child = make_person("pupil", reference="P1", given_name="Ming", family_name="Li", mobile="", last_day=day)
    relate(mother, child)
    return ["P1,pupil,Ming,Li,,,,,,", "M1,contact; staff,Fang,,,,13800003001,,,P1=mother"]


def say(desk, imported, what, **row):
    arguments = [imported.pk, *(imported.rows.get(**row).pk for _row in [row] if row)]
    answer = desk.post(reverse(what, args=arguments), follow=True).content.decode()
    imported.refresh_from_db()
    return answer


def test_whoever_is_said_to_be_back_is_so_in_the_roles_of_the_file_and_a_second_press_is_none(desk):
    day = timezone.localdate() - timedelta(days=9)
    imported = read(desk, HEAD, *left_family(day))
    assert imported.counts == {"same": 1, "changed": 1}
    shown = imported.shown_state
    say(desk, imported, "import-back", reference="P1")
    assert imported.counts == {"back": 1, "changed": 1} and imported.shown_state != shown
    html = page_of(desk, imported, show="back")
    assert "Stays left" in html and "last day" in html and str(day.year) in html
    assert "This step was taken already." in say(desk, imported, "import-back", reference="P1")
    enter(desk, imported)
    assert imported.state == Import.State.DONE and imported.changed == 2
    assert imported.counts == {"back": 1, "changed": 1}
    child, mother = Person.objects.get(reference="P1"), Person.objects.get(reference="M1")
    assert child.pupil_last_day is None and mother.contact_last_day == day, "nobody said that of her"
    entry = AuditEvent.objects.get(act="took a last day away")
    assert entry.subject == f"person {child.pk}"
    assert LastDay.objects.get().departure == imported.departure, "what the page of a person takes back, too"


def test_all_of_them_may_be_back_and_one_of_them_not_after_all(desk):
    imported = read(desk, HEAD, *left_family(timezone.localdate() - timedelta(days=9)), "P3,pupil,Bo,,,,12,,,")
    assert "All of them are back" in page_of(desk, imported)
    say(desk, imported, "import-all-back")
    assert imported.counts == {"back": 2, "bad": 1} and "In the file, and left" not in page_of(desk, imported)
    say(desk, imported, "import-left", reference="M1")
    assert imported.counts == {"back": 1, "changed": 1, "bad": 1}
    assert imported.rows.get(reference="M1").changes.keys() == {"is_staff_member", "mobile"}
    enter(desk, imported)
    assert {p.reference for p in Person.objects.left()} == set(), "she works here now"
    assert Person.objects.get(reference="M1").contact_last_day


def test_taken_back_they_have_left_as_before_but_whoever_leaves_on_another_day_since(desk):
    day = timezone.localdate() - timedelta(days=9)
    imported = read(desk, HEAD, *left_family(day))
    say(desk, imported, "import-all-back")
    enter(desk, imported)
    assert not Person.objects.left().exists()
    Person.objects.filter(reference="P1").end(timezone.localdate())
    desk.post(reverse("take-back-import", args=[imported.pk]))
    work()
    kept = imported.rows.exclude(kept="").values_list("reference", "kept")
    assert dict(kept) == {"P1": "Another last day was said since."}
    mother = Person.objects.get(reference="M1")
    assert mother.contact_last_day == day and mother.has_left and mother.mobile == ""


def test_who_left_after_the_file_was_read_is_back_by_nobody_s_word(desk):
    make_person("pupil", reference="P1", given_name="Ming", family_name="", mobile="")
    imported = read(desk, HEAD, "P1,pupil,Mingming,,,,,,,")
    Person.objects.filter(reference="P1").end(timezone.localdate() - timedelta(days=1))
    enter(desk, imported)
    assert Person.objects.get(reference="P1").has_left


def test_a_file_that_says_last_days_itself_takes_people_back(desk):
    make_person("pupil", reference="P1", given_name="Ming", last_day=timezone.localdate() - timedelta(days=9))
    imported = read(desk, f"{HEAD},leaving_on", "P1,pupil,Ming,,,,,,,,")
    assert "In the file, and left" not in page_of(desk, imported) and imported.counts == {"changed": 1}


def test_columns_are_matched_and_remembered(desk):
    upload(desk, MAINLAND, "1,李明,张老师,七年级,1班,李伟,13800003001")
    imported = Import.objects.get()
    html = page_of(desk, imported)
    assert "Match the columns" in html and "left out unless you choose something: 班主任" in html
    columns = {f"column_{n}": meaning for n, meaning in enumerate(imported.columns)}
    answer = desk.post(reverse("import", args=[imported.pk]), columns | {"table": "pupils", "column_2": "pupil_name"})
    assert "twice" in answer.content.decode() and Import.objects.get().state == Import.State.COLUMNS
    desk.post(
        reverse("import", args=[imported.pk]),
        columns | {"table": "pupils", "column_6": "guardian_mobile", "column_5": "guardian_name"},
    )
    work()
    enter(desk, Import.objects.get())
    assert Relationship.objects.get().kind == "guardian"
    upload(desk, MAINLAND, "2,李娜,张老师,七年级,1班,李伟,13800003001")
    assert Import.objects.latest("pk").columns[5:] == ["guardian_name", "guardian_mobile"]
    assert KnownColumn.objects.count() == 2


def test_parents_of_one_number_and_name_are_asked_about_and_can_be_two(desk):
    lines = ["1,李明,,七年级,1班,李伟,13800003001", "2,李娜,,八年级,1班,李伟,13800003001"]
    imported = read(desk, MAINLAND, *lines)
    assert "One person each?" in page_of(desk, imported) and imported.counts == {"new": 3}
    desk.post(reverse("answer-import", args=[imported.pk]), {"apart": "1-F"})
    work()
    imported.refresh_from_db()
    assert imported.counts == {"new": 4} and "One person each?" not in page_of(desk, imported)


def test_a_look_alike_can_be_said_to_be_somebody_new(desk):
    make_person("pupil", reference="000101")
    imported = read(desk, HEAD, "101,pupil,Na,Li,,,,,,")
    html = page_of(desk, imported)
    assert imported.counts == {"bad": 1} and "It is somebody new" in html and "Let the good rows in" not in html
    desk.post(reverse("answer-import", args=[imported.pk]), {"new": "101"})
    work()
    imported.refresh_from_db()
    assert imported.counts == {"new": 1}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00\x81" * 50, "encoding cannot be told"),
        (f"{HEAD}\n{HEAD}\nS1,staff,A".encode(), "two rows of headings, 1 and 2"),
        (b",".join([b"a"] * 300), "more than 100 columns"),
        (b"PK\x03\x04 no workbook", "damaged"),
    ],
)
def test_a_file_that_is_none_is_refused_beside_the_field(desk, data, said):
    answer = desk.post(reverse("imports"), {"file": SimpleUploadedFile("x.csv", data)})
    assert answer.status_code == 200 and said in answer.content.decode() and not Import.objects.exists()


def test_no_file_is_asked_for(desk):
    assert "Choose a file." in desk.post(reverse("imports"), {}).content.decode()


def test_a_missing_column_is_named_on_the_page(desk):
    upload(desk, "姓名,手机", "李明,13800003001")
    imported = Import.objects.get()
    html = desk.post(reverse("import", args=[imported.pk]), {"table": "people"}).content.decode()
    assert "lacks the column" in html


def test_a_file_wrong_further_down_is_refused_as_a_whole(desk):
    imported = read(desk, HEAD, *(f"S{n},staff,A,,,,,,," for n in range(9)), 'S9,staff,"B,,,,,,,')
    assert imported.state == Import.State.REFUSED and "Line 11 cannot be read" in page_of(desk, imported)
    assert not Person.objects.filter(reference="S1").exists()


def test_pressed_twice_it_goes_in_once_and_a_second_worker_finds_nothing(desk):
    imported = read(desk, HEAD, "S1,staff,A,,,,,,,")
    press(desk, imported)
    assert "This step was taken already." in press(desk, imported).content.decode()
    work()
    work()
    assert Person.objects.filter(reference="S1").count() == 1


def test_what_a_colleague_has_answered_since_is_not_let_in_by_a_page_of_before(desk):
    family()
    imported = read(desk, HEAD, "P1,pupil,Ming,Li,,,,,,", complete=["pupils"])
    shown = re.search(r'name="shown" value="(\w+)"', page_of(desk, imported))[1]
    row = imported.rows.filter(reference="P2").get()
    desk.post(reverse("import-stays", args=[imported.pk, row.pk]))
    page = press(desk, imported, shown=shown, last_day="2026-07-31", many="on").content.decode()
    assert "This has changed since you opened the page" in page
    assert Import.objects.get().state == Import.State.READY


def test_two_files_at_once_that_name_one_new_person_make_one(desk):
    one, other = read(desk, HEAD, "S1,staff,A,,,,,,,"), read(desk, HEAD, "S1,staff,A,,,,,,,")
    for imported in (one, other):
        press(desk, imported)
    work()
    assert Person.objects.filter(reference="S1").count() == 1
    other.refresh_from_db()
    assert other.state == Import.State.DONE and other.counts == {"same": 1}


def test_the_very_file_again_leads_to_what_it_did(desk):
    lines = [HEAD, "S1,staff,A,,,,,,,"]
    imported = read(desk, *lines)
    enter(desk, imported)
    answer = upload(desk, *lines)
    assert answer.url == reverse("import", args=[imported.pk]) and Import.objects.count() == 1


def test_a_worker_that_died_is_followed_by_another(desk):
    imported = read(desk, HEAD, "S1,staff,A,,,,,,,")
    press(desk, imported)
    Import.objects.update(lease_until="2099-01-01T00:00Z")
    work()
    assert not Person.objects.filter(reference="S1").exists()
    Import.objects.update(lease_until="2020-01-01T00:00Z")
    work()
    assert Person.objects.filter(reference="S1").exists()


def test_pages_cost_the_same_for_few_rows_and_many(desk, django_assert_max_num_queries):
    imported = read(desk, HEAD, *(f"S{n},staff,A,,,,,,," for n in range(120)))
    with django_assert_max_num_queries(17):
        html = page_of(desk, imported)
    assert html.count("<td>") >= 50 and "Next page" in html
    last = imported.rows.order_by("pk")[49].pk
    assert "S50" in page_of(desk, imported, after=last) and "S49<" not in page_of(desk, imported, after=last)


def test_what_was_uploaded_is_deleted_on_demand_and_after_a_time(desk):
    imported = read(desk, HEAD, "S1,staff,A,,,,,,,")
    desk.post(reverse("forget-import", args=[imported.pk]))
    assert not Import.objects.exists() and not ImportRow.objects.exists() and not ImportPiece.objects.exists()
    imported = read(desk, HEAD, "S2,staff,A,,,,,,,")
    assert not Import.objects.over().exists()
    Import.objects.update(at="2020-01-01T00:00Z")
    assert Import.objects.over().get() == imported


def test_progress_is_a_fragment_until_the_work_is_done(desk):
    upload(desk, HEAD, "S1,staff,A,,,,,,,")
    imported = Import.objects.get()
    Import.objects.update(state=Import.State.READING)
    html = desk.get(reverse("import-progress", args=[imported.pk])).content.decode()
    assert "<progress" in html and "hx-get" in html
    assert "hx-get" in page_of(desk, imported)
    work()
    assert desk.get(reverse("import-progress", args=[imported.pk])).headers["HX-Refresh"] == "true"


def test_whoever_may_import_is_helped_with_it_and_nobody_else(desk, client):
    address = reverse("help-page", args=["importing"])
    assert address in desk.get(reverse("imports")).content.decode()
    assert "what went in can be taken back" in desk.get(address).content.decode()
    assert client.get(address).status_code == 404


# --- a file that names everybody ---


def family():
    ming, na = (
        make_person("pupil", reference="P1", given_name="Ming"),
        make_person("pupil", reference="P2", given_name="Na"),
    )
    father, driver = make_person("contact", reference="C1"), make_person("contact", reference="C2")
    relate(father, ming), relate(father, na), relate(driver, na)
    return ming, na, father, driver


def test_nobody_leaves_unless_the_file_is_said_to_be_complete(desk):
    family()
    imported = read(desk, HEAD, "P1,pupil,Ming,Li,,,,,,")
    assert "leaving" not in imported.counts


def test_whoever_a_complete_file_does_not_name_is_proposed_and_a_second_word_asked(desk):
    family()
    teacher = make_person("staff", reference="T1")
    imported = read(desk, HEAD, "P1,pupil,Ming,Li,,,,,,", complete=["pupils"])
    assert set(imported.rows.filter(verdict="leaving").values_list("reference", flat=True)) == {"P2", "C2"}
    assert imported.missing == {"pupils": [1, 2]}
    html = press(desk, imported, last_day="2026-07-31").content.decode()
    assert "More than a tenth is missing" in html and Import.objects.get().state == Import.State.READY
    enter(desk, imported, last_day="2026-07-31", many="on")
    days = dict(Person.objects.values_list("reference", "pupil_last_day"))
    assert str(days["P2"]) == "2026-07-31" and days["P1"] is None
    assert str(Person.objects.get(reference="C2").contact_last_day) == "2026-07-31"
    assert Person.objects.get(reference="C1").contact_last_day is None
    teacher.refresh_from_db()
    assert teacher.staff_last_day is None


def test_somebody_in_a_bad_row_is_not_missing(desk):
    for n in range(20):
        make_person("pupil", reference=f"P{n:02}", given_name=f"Given{n}", family_name="", chinese_name="")
    lines = [f"P{n:02},pupil,Given{n},,,,,,," for n in range(17)]
    bad = ["P17,pupil,Given17,,,,12,,,", ",pupil,Given18,,,,,,,"]
    imported = read(desk, HEAD, *lines, *bad, complete=["pupils"])
    assert list(imported.rows.filter(verdict="leaving").values_list("reference", flat=True)) == ["P19"]
    assert "Yes, more than a tenth" not in page_of(desk, imported)


def test_contacts_beside_a_pupil_in_a_bad_row_are_not_missing(desk):
    head, others = (
        f"{MAINLAND},母亲姓名",
        ["2,张三,,七年级,1班,张伟,13800003003,", "3,赵六,,七年级,1班,赵伟,13800003004,"],
    )
    enter(desk, read(desk, head, "1,李明,,七年级,1班,李伟,13800003001,王芳", *others))
    bad = ["1,李明,,七年级,1班,李伟,1380000300O,王芳", others[0]]
    imported = read(desk, head, *bad, complete=["pupils", "contacts"])
    assert imported.counts["bad"] == 1
    assert set(imported.rows.filter(verdict="leaving").values_list("reference", flat=True)) == {"3", "3-F"}


def test_somebody_missing_may_be_said_to_stay(desk):
    family()
    imported = read(desk, HEAD, "P1,pupil,Ming,Li,,,,,,", complete=["pupils"])
    row = imported.rows.get(verdict="leaving", reference="P2")
    desk.post(reverse("import-stays", args=[imported.pk, row.pk]))
    imported.refresh_from_db()
    assert "leaving" not in imported.counts, "nor does the contact leave who was proposed for want of a pupil"
    assert (
        "This step was taken already."
        in desk.post(reverse("import-stays", args=[imported.pk, row.pk]), follow=True).content.decode()
    )


def test_contacts_leave_with_the_last_of_their_pupils_whose_last_day_the_file_says(desk):
    family()
    imported = read(desk, f"{HEAD},leaving_on", "P2,pupil,Na,Li,,,,,,,2026-07-10")
    assert list(imported.rows.filter(verdict="leaving").values_list("reference", flat=True)) == ["C2"]
    assert "10 July 2026" in page_of(desk, imported, show="leaving")
    enter(desk, imported)
    days = dict(Person.objects.values_list("reference", "contact_last_day"))
    assert str(days["C2"]) == "2026-07-10" and days["C1"] is None


def test_a_contact_leaves_whose_pupils_are_missing_or_leave_by_the_column(desk):
    family()
    make_person("pupil", reference="P3")
    imported = read(
        desk, f"{HEAD},leaving_on", "P1,pupil,Ming,,,,,,,,2099-07-10", "P3,pupil,A,,,,,,,,", complete=["pupils"]
    )
    assert set(imported.rows.filter(verdict="leaving").values_list("reference", flat=True)) == {"P2", "C1", "C2"}
    enter(desk, imported, last_day="2026-07-31", many="on")
    days = dict(Person.objects.values_list("reference", "contact_last_day"))
    assert str(days["C1"]) == "2099-07-10" and str(days["C2"]) == "2026-07-31", "not before their pupil"


def test_a_contact_named_beside_a_pupil_who_stays_does_not_leave(desk):
    head = f"{MAINLAND},离校日期"
    enter(desk, read(desk, head, "1,李明,,七年级,1班,李伟,13800003001,", "2,张三,,七年级,1班,张伟,13800003003,"))
    lines = ["1,李明,,七年级,1班,李伟,13800003001,2026-07-10", "2,张三,,七年级,1班,张伟,13800003003,2026-07-10"]
    imported = read(desk, head, *lines, "3,李娜,,七年级,1班,李伟,13800003001,")
    assert list(imported.rows.filter(verdict="leaving").values_list("reference", flat=True)) == ["2-F"]


def test_nobody_is_proposed_where_the_desk_ends_the_role_of_a_pupil(desk, admin_user):
    _ming, na, *_others = family()
    row = Row(0, {"reference": "P2", "is_pupil": False}, kinds=(), names_all_pupils=False)
    write(row, by=admin_user, person=na)
    na.refresh_from_db()
    assert na.pupil_last_day and not Person.objects.exclude(contact_last_day=None).exists()


def test_what_stands_on_groups_of_who_leaves_is_named(desk):
    _ming, na, *_others = family()
    year = make_group("year", "Year 7", members=[na])
    imported = read(desk, HEAD, "P1,pupil,Ming,Li,,,,,,", complete=["pupils"])
    assert imported.groups == [year.pk]


# --- what the office has written itself ---


def test_what_the_office_mended_and_the_file_says_otherwise_now_is_a_conflict_of_its_own(desk):
    enter(desk, read(desk, HEAD, "C1,contact,Wei,Li,,,13800003001,,,", "C2,contact,Na,Li,,,,,,"))
    Person.objects.filter(reference="C1").update(mobile="+8613800003009", mended={"mobile": {"file": "+8613800003001"}})
    same = read(desk, HEAD, "C1,contact,Wei,Li,,,13800003001,,,", "C2,contact,Na,Lin,,,,,,")
    assert same.counts == {"same": 1, "changed": 1}, "the file says what it said"
    imported = read(desk, HEAD, "C1,contact,Wei,Li,,,13800003002,,,", "C2,contact,Na,Li,,,,,,")
    assert imported.counts == {"same": 1, "conflict": 1}
    html = page_of(desk, imported)
    assert "the office wrote +86 138 0000 3009, the file says +86 138 0000 3002 now" in html
    enter(desk, imported)
    person = Person.objects.get(reference="C1")
    assert person.mobile == "+8613800003009" and person.file_differs
    again = read(desk, HEAD, "C1,contact,Wei,Li,,,13800003002,,,")
    assert again.counts == {"same": 1}, "asked once"
    agrees = read(desk, HEAD, "C1,contact,Wei,Li,,,13800003009,,,")
    assert agrees.counts == {"changed": 1} and "nothing is in question any more" in page_of(desk, agrees)
    desk.post(reverse("take-back-import", args=[imported.pk]))
    work()
    person.refresh_from_db()
    assert not person.file_differs and person.mended == {"mobile": {"file": "+8613800003001"}}


def test_a_replaced_father_is_proposed_by_name_and_may_stay_all_the_same(desk):
    enter(desk, read(desk, MAINLAND, "1,李明,,七年级,1班,李伟,13800003001"))
    imported = read(desk, MAINLAND, "1,李明,,七年级,1班,张强,13800003007")
    assert imported.counts == {"new": 1, "changed": 1, "same": 1}
    html = page_of(desk, imported, show="changed")
    assert (
        "李伟" in html
        and "Stays a contact" in html
        and "No longer a contact of 李明: the file names somebody else." in html
    )
    row = imported.rows.get(verdict="changed")
    address = reverse("import-stays", args=[imported.pk, row.pk])
    assert address in html
    desk.post(address)
    imported.refresh_from_db()
    assert imported.counts == {"new": 1, "same": 2}
    assert "This step was taken already." in desk.post(address, follow=True).content.decode()
    enter(desk, imported)
    assert set(Relationship.objects.values_list("contact__chinese_name", flat=True)) == {"李伟", "张强"}


def test_a_father_replaced_for_one_child_is_said_to_be_no_contact_of_that_one_alone(desk):
    other = "2,李娜,,八年级,1班,李伟,13800003001"
    enter(desk, read(desk, MAINLAND, "1,李明,,七年级,1班,李伟,13800003001", other))
    imported = read(desk, MAINLAND, "1,李明,,七年级,1班,张强,13800003007", other)
    assert "No longer a contact of 李明: the file names somebody else." in page_of(desk, imported, show="changed")
    ended = {row.reference: row.pupils_ended for row in imported.rows.filter(said__0__is_contact=True)}
    assert ended == {"1-F": ["1"], "1-F2": []}


def test_a_replaced_father_is_the_father_again_when_the_import_is_taken_back(desk):
    enter(desk, read(desk, MAINLAND, "1,李明,,七年级,1班,李伟,13800003001"))
    imported = read(desk, MAINLAND, "1,李明,,七年级,1班,张强,13800003007")
    enter(desk, imported)
    assert Relationship.objects.get().contact.name == "张强"
    desk.post(reverse("take-back-import", args=[imported.pk]))
    work()
    assert Relationship.objects.get().contact.name == "李伟"
