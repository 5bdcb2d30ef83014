"""What is done before a commit is what `make check` does, and branches that add sentences merge."""

import re
import subprocess

from tests.checks import ROOT


def test_the_hooks_before_a_commit_are_what_make_check_runs():
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text())
    recipe = re.search(r"^check:.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.M).group(1)
    assert hooks == [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]


def test_two_branches_that_add_sentences_at_one_place_merge(tmp_path):
    def git(*command):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *command], cwd=tmp_path, check=True)

    catalogue = tmp_path / "django.po"
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    catalogue.write_text(head)
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "Begin")
    for branch, sentences in [("one", ["both", "first"]), ("two", ["both", "second"])]:
        git("checkout", "-qb", branch, "main")
        catalogue.write_text(head + "".join(f'\nmsgid "{s}"\nmsgstr "{s} in Chinese"\n' for s in sentences))
        git("commit", "-qam", branch)
    git("merge", "-q", "one", "-m", "merge")
    subprocess.run(["msguniq", "--use-first", "-o", catalogue, catalogue], check=True)
    assert re.findall(r'msgid "(\w+)"', catalogue.read_text()) == ["both", "second", "first"]
