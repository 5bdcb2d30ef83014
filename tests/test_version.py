"""One place says which portal this is."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator
from portal.version import VERSION
from tests.checks import ROOT

pytestmark = pytest.mark.django_db


def test_the_help_page_says_which_version_this_is(client):
    client.force_login(make_administrator())
    assert f"Version {VERSION}" in client.get(reverse("help")).content.decode()


def test_strangers_are_not_told_which_version_this_is(client):
    assert VERSION not in client.get(reverse("help")).content.decode()


def test_the_changes_have_a_heading_for_this_version():
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0].split()[1] == VERSION
