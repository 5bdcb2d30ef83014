"""What the documents for developers name is there."""

import re

import pytest

from portal.apps import REGISTERED_IN
from tests.checks import ROOT
from tests.test_architecture import FLOORS

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
]
# A path of ours in code quotes, and behind it, after a colon, what stands in that file.
OURS = r"(?:\.ci|deploy|docs|messaging|portal|registration|static|templates|tests|wechat_admin)/[\w./-]*"
FILE = re.compile(rf"`({OURS})(?:: ([\w.]+))?`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_is_there(document):
    named = {path for path, _name in FILE.findall((ROOT / document).read_text())}
    linked = {
        f"{document.rpartition('/')[0]}/{path}".lstrip("/") for path in LINK.findall((ROOT / document).read_text())
    }
    assert sorted(path for path in named | linked if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_whatever_a_document_names_in_a_file_stands_in_it(document):
    named = [(path, name) for path, name in FILE.findall((ROOT / document).read_text()) if name]
    assert [(path, name) for path, name in named if name.rpartition(".")[2] not in (ROOT / path).read_text()] == []


def test_the_architecture_names_every_floor_and_every_registry_in_their_order():
    text = (ROOT / "docs/architecture.md").read_text()
    floors = re.findall(r"^\| `([\w.]+)` \| (?:everything below|↓|itself)", text, re.M)
    assert floors == FLOORS[::-1]
    modules = re.findall(r"^\| `(\w+)` \| (?:`portal/|`registration/|signals)", text, re.M)
    assert sorted(set(modules)) == sorted(REGISTERED_IN)
