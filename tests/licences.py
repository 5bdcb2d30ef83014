"""Writes docs/licences.md: under which licence everything stands that the image holds. `make licences`."""

import re
from importlib import metadata

from tests.checks import ROOT

FILE = ROOT / "docs/licences.md"
HEAD = """# Licences

Of everything that the image installs, by `make licences` from what each distribution says of itself. What is vendored for
browsers has its licence beside it under `static/vendor/`.

| distribution | version | licence |
|---|---|---|
"""


def locked():
    """{distribution: version} of the image."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.M))


def licence_of(name):
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    classified = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License ::")]
    long = (said.get("License") or "").strip()
    short = long if len(long) < 60 else ""
    return said.get("License-Expression") or ", ".join(classified) or short or "see its files"


def written():
    return HEAD + "".join(f"| {name} | {version} | {licence_of(name)} |\n" for name, version in locked().items())


if __name__ == "__main__":
    FILE.write_text(written())
