"""A mainland school's list with two bad rows: uploaded, seen by name, let in, the bad rows downloaded, taken back."""

import csv
from pathlib import Path

from playwright.sync_api import expect

LIST = """学号,姓名,年级,班级,班主任,父亲姓名,父亲手机,母亲姓名,母亲手机
B26001,欧阳小雨,七年级,1班,陈老师,欧阳建国,13800138101,司徒兰,13800138102
B26002,欧阳小雪,八年级,1班,林老师,欧阳建国,138 0013 8101,司徒兰,+86 13800138102
B26003,上官晨,七年级,2班,陈老师,上官云,1380013810O,,
,诸葛明,七年级,2班,陈老师,,,诸葛静,13800138105
"""


def test_a_list_with_bad_rows_from_upload_to_taken_back(linked_demo, browser, axe_of):
    page = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True).new_page()
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": linked_demo.portal}])
    linked_demo.sign_in(page, "administrator")
    page.goto(f"{linked_demo.portal}/people/import/")
    wrong = axe_of(page)
    file = {"name": "名册.csv", "mimeType": "text/csv", "buffer": LIST.encode("gb18030")}
    page.get_by_label("File of people").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("left out unless you choose something: 班主任")).to_be_visible()
    wrong += axe_of(page)
    page.get_by_role("button", name="See what will change").click()

    expect(page.get_by_role("heading", name="What will change")).to_be_visible(timeout=20000)
    expect(page.get_by_text("One person each?")).to_be_visible()
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="上官晨")).to_contain_text("“O” stands in it")
    expect(rows.filter(has_text="诸葛明")).to_contain_text("The reference is empty.")
    wrong += axe_of(page)
    page.get_by_role("link", name="new 4").click()
    expect(rows.filter(has_text="欧阳建国")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the rows with a problem").click()
    with Path(downloading.value.path()).open(encoding="utf-8-sig", newline="") as downloaded:
        head, *bad = csv.reader(downloaded)
    assert head[-1] == "problem" and [row[1] for row in bad] == ["上官晨", "诸葛明"] and all(row[-1] for row in bad)
    page.get_by_role("button", name="Let the good rows in").click()

    expect(page.get_by_role("button", name="Take the import back")).to_be_visible(timeout=20000)
    wrong += axe_of(page)
    assert found(linked_demo, page, "B26001") and not found(linked_demo, page, "B26003")
    page.goto(f"{linked_demo.portal}/people/import/")
    page.get_by_role("link", name="名册.csv").first.click()
    page.get_by_role("button", name="Take the import back").click()
    expect(page.locator("main .pill").first).to_contain_text("taken back", timeout=20000)
    wrong += axe_of(page)
    assert not found(linked_demo, page, "B26001")
    page.context.close()
    assert wrong == []


def found(demo, page, reference):
    page.goto(f"{demo.portal}/people/")
    page.locator("main [name=q]").fill(reference)
    page.locator("main [name=q]").press("Enter")
    page.wait_for_load_state()
    expect(page.locator("main [name=q]")).to_have_value(reference)
    return page.get_by_role("cell", name=reference, exact=True).count() > 0
