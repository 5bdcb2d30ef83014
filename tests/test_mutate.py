"""`make mutate` puts in the faults that it says, and nothing but faults."""

import ast

import pytest

from tests.mutate import trying
from tests.mutate.__main__ import _chosen
from tests.mutate.ground import GROUND, ROOT, files, their_tests
from tests.mutate.mutants import mutants_of

pytestmark = pytest.mark.once


def faults(source):
    """What the piece of code reads instead, as Python writes it."""
    return [ast.unparse(ast.parse(mutant.mutated)) for mutant in mutants_of("a.py", source)]


@pytest.mark.parametrize(
    ("source", "faults_in_it"),
    [
        ("a < b", ["a <= b"]),
        ("a is None", ["a is not None"]),
        ("a and b", ["a or b"]),
        ("Q(a=b) & ~c", ["Q(a=b) | ~c", "Q(a=b) & c"]),
        ("a = 3", ["a = 2", "a = 4"]),
        ("a = 1000", ["a = 2000"]),
        ("a = True", ["a = False"]),
        ("a()", ["pass"]),
        ("a.b = c", ["pass"]),
        ("if a:\n    b", ["if not a:\n    b"]),
        ("[a for a in b if c]", ["[a for a in b if True]"]),
        ("a = b.filter(c, d=e)", ["a = b.filter(d=e)", "a = b.filter(c)"]),
        ("a = b.exclude(c=d)", ["a = b", "a = b.exclude()"]),
        ("a = b.select_for_update()", ["a = b"]),
        ("def a():\n    return b", ["def a():\n    return None"]),
        ("def a():\n    return b()", [f"def a():\n    return {answer}" for answer in ("False", "None", "True")]),
        ("try:\n    a\nexcept B:\n    raise", ["try:\n    a\nexcept B:\n    pass"]),
        ("with a:\n    raise b", ["with a:\n    pass"]),
    ],
)
def test_each_fault_is_put_in(source, faults_in_it):
    assert sorted(faults(source)) == sorted(faults_in_it)


@pytest.mark.parametrize(
    "source",
    [
        "a = b",
        "log.error(1 + 1)",
        "@a(1)\ndef b(): ...",
        "a: B | None",
        "class A(B):\n    a = models.IntegerField(default=1)\n\n    class Meta:\n        b = True",
        "f'{1 + 1}'",
    ],
)
def test_what_is_no_behaviour_stays(source):
    assert faults(source) == []


def test_a_fault_stands_in_its_place_and_nowhere_else():
    source = "class A:\n    def é(self):\n        b = 'é', c and d\n        return b\n"
    mutant = next(one for one in mutants_of("a.py", source) if " or " in one.mutated)
    assert mutant.mutated == source.replace("c and d", "(c or d)")
    assert (mutant.line, mutant.function) == (3, "a.py::A.é")
    moved = next(one for one in mutants_of("a.py", f"# more\n{source}") if " or " in one.mutated)
    assert moved.key == mutant.key and "-        b = 'é', c and d" in moved.diff


def test_a_seed_takes_the_same_every_time_and_another_one_others():
    parts = ["messaging/releasing.py"]
    one, same, other = ([mutant for _part, mutant in _chosen(parts, seed, 20)] for seed in (1, 1, 2))
    assert one == same != other and len(set(one)) == 20


def test_every_part_of_the_ground_has_files_and_tests():
    assert [part for part in GROUND if not files(part) or not their_tests(part)] == []
    assert all((ROOT / file).is_file() for part in GROUND for file in [*files(part), *their_tests(part)])


def test_faults_are_tried_in_a_copy_against_the_tests_that_call_their_place(tmp_path, monkeypatch):
    """A few tests that ask the database: what keeps a copy from working would let every fault live."""
    monkeypatch.setattr(trying, "their_tests", lambda part: ["wechat_admin/tests/test_told.py"])
    file = "wechat_admin/models/gate.py"
    source = (ROOT / file).read_text()
    every = mutants_of(file, source)
    holds_nothing = next(one for one in every if one.function.endswith("QuerySet.hold") and one.text == "pass")
    constant = next(one for one in every if one.function.endswith("::"))  # in no function: in a process of its own
    with trying.Copy() as copy:
        copy.look_at_tests([file], tmp_path / "tests.json")
        came_to = {
            mutant: came_to for mutant, came_to, _tests in copy.come_to([(file, constant), (file, holds_nothing)])
        }
        assert came_to[holds_nothing] == "killed" and constant in came_to
        assert (copy.root / file).read_text() == source
