"""What the image installs is written down whole: each distribution with its hashes and its licence."""

import re

from tests.checks import ROOT
from tests.licences import FILE, locked

LOCK = (ROOT / "requirements.lock").read_text()


def pinned(name):
    return dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", (ROOT / name).read_text(), re.M))


def test_every_requirement_is_an_exact_version():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert [line for line in lines if "==" not in line.split("#")[0]] == [], name


def test_the_lock_holds_what_is_required_each_with_hashes():
    versions = {name.lower(): version for name, version in locked().items()}
    for name, version in pinned("requirements.txt").items():
        assert versions[name.partition("[")[0].lower()] == version, f"`make lock`: {name}"
    assert LOCK.count("--hash=sha256:") >= len(versions)
    for entry in re.split(r"\n(?=\w)", LOCK)[1:]:
        assert "--hash=sha256:" in entry, entry


def test_the_image_installs_from_the_lock_alone():
    assert re.findall(r"pip install .*", (ROOT / "Dockerfile").read_text()) == [
        "pip install --disable-pip-version-check --require-hashes -r requirements.lock"
    ]


def test_every_distribution_of_the_image_has_its_licence_on_the_list():
    listed = dict(re.findall(r"^\| ([\w.-]+) \| (\S+) \| .+ \|$", FILE.read_text(), re.M))
    assert {name: listed.get(name) for name in locked()} == locked(), "`make licences`"
