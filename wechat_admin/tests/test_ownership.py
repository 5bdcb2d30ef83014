"""WeCom's file for the portal's name, and the line of a site in mainland China."""

import pytest

from portal.access.demo import make_administrator
from portal.school.models import SchoolSetting

pytestmark = pytest.mark.django_db
SETTINGS = "/application-setup/school/"


def test_the_file_whose_name_was_saved_is_answered_under_both_hosts(client, two_hosts):
    SchoolSetting.objects.create(name="ownership_file", value="WW_verify_AbC123.txt")
    for host in ("families.example", "staff.example"):
        answer = client.get("/WW_verify_AbC123.txt", HTTP_HOST=host)
        assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"AbC123", "text/plain")
    assert client.get("/WW_verify_Other1.txt", HTTP_HOST="staff.example").status_code == 404


@pytest.mark.parametrize("name", ["verify.txt", "WW_verify_../etc.txt", "WW_verify_ab c.txt", "AbC123"])
def test_another_name_is_refused(client, name):
    client.force_login(make_administrator())
    page = client.post(SETTINGS, {"ownership_file": name}).content.decode()
    assert "looks like WW_verify_AbC123.txt" in page and not SchoolSetting.objects.exists()


def test_the_filing_number_stands_at_the_foot_of_both_kinds_of_pages(client):
    assert b"beian.miit" not in client.get("/sign-in/").content
    SchoolSetting.objects.create(name="filing_number", value="京ICP备12345678号")
    assert "京ICP备12345678号" in client.get("/sign-in/").content.decode()
    client.force_login(make_administrator())
    assert 'href="https://beian.miit.gov.cn/"' in client.get("/help/").content.decode()
