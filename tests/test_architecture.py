"""Imports run one way; the simulator stands alone; no import hides in a function to dodge a circle."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Lowest floor first. A module may import from its own floor and from those below.
FLOORS = [
    "portal",
    "portal.audit",
    "portal.school",
    "portal.people",
    "portal.access",
    "portal.notices",
    "wechat_admin",
    "registration",
    "messaging",
]
# The project's own wiring, which names every floor, and commands that build the demo from all of them.
ABOVE_ALL = {
    "portal/urls.py",
    "portal/management/commands/demo_school.py",
    "portal/management/demo_data.py",
}


def modules():
    for folder in ("portal", "wechat_admin", "registration", "messaging"):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor_of(module):
    return max((floor for floor in FLOORS if module == floor or module.startswith(floor + ".")), key=len, default=None)


def imports_of(path):
    """(line number, the module imported, absolute, whether it stands inside a function)."""
    tree = ast.parse(path.read_text())
    inside = {
        child
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for child in ast.walk(function)
    }
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, node in inside
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join(parents[: len(parents) - node.level + 1] + ([node.module] if node.module else []))
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}", node in inside


def test_imports_run_down_the_house_only():
    wrong = []
    for path in modules():
        if str(path.relative_to(ROOT)) in ABOVE_ALL:
            continue
        own = FLOORS.index(floor_of(name_of(path)))
        for line, module, _ in imports_of(path):
            floor = floor_of(module)
            if floor and FLOORS.index(floor) > own:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert wrong == []


def test_the_simulator_imports_nothing_of_ours_and_nothing_imports_it():
    wrong = []
    for path in modules():
        is_simulator = "wechat_admin/simulator" in str(path)
        for line, module, _ in imports_of(path):
            is_ours = floor_of(module) is not None
            names_simulator = module.startswith("wechat_admin.simulator")
            if is_ours and is_simulator != names_simulator:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert wrong == []


def test_the_wecom_client_knows_no_django():
    for path in (ROOT / "wechat_admin/wecom").rglob("*.py"):
        assert [m for _, m, _ in imports_of(path) if m.startswith("django")] == [], path


def test_no_import_inside_a_function():
    # Programs that must set something up first before they can import.
    programs = {"wechat_admin/simulator/__main__.py"}
    hidden = [
        f"{path.relative_to(ROOT)}:{line} {module}"
        for path in modules()
        if str(path.relative_to(ROOT)) not in programs
        for line, module, inside in imports_of(path)
        if inside
    ]
    assert hidden == []


def test_only_the_token_sheet_names_a_colour():
    for sheet in (ROOT / "static/css").glob("*.css"):
        if sheet.name != "tokens.css":
            text = sheet.read_text()
            assert "#" not in "".join(part for part in text.split("{")[1:] for part in [part.split("}")[0]]), sheet
            assert "rgb(" not in text, sheet
