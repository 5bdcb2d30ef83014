"""What is mutated, and beside which tests: {file or folder: its tests}."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"__init__.py", "urls.py", "apps.py", "demo.py", "menu_options.py", "help_pages.py", "trail.py"}

AT_ONCE = ["tests/test_two_do_it_once.py", "tests/test_on_postgresql.py"]
ACCESS = [
    "portal/access/tests",
    "tests/test_addresses_of_holders.py",
    "tests/test_leaving.py",
    "tests/test_narrow_sessions.py",
    "tests/test_merging.py",
    "tests/test_one_person.py",
]
PEOPLE = ["portal/people/tests", "tests/test_merging.py", "tests/test_import_taken_back.py"]
GROUND = {
    "messaging/sending": ["messaging/tests", *AT_ONCE],
    "messaging/audience": ["messaging/tests"],
    "messaging/judgement.py": ["messaging/tests"],
    "messaging/releasing.py": ["messaging/tests", *AT_ONCE],
    "messaging/routes": ["messaging/tests"],
    "portal/access": [*ACCESS, "portal/access/factors/tests", "tests/test_signed_out.py", *AT_ONCE],
    "portal/people/importing": [*PEOPLE, "tests/test_proposals.py", "tests/test_found_people.py"],
    "portal/people/models": [
        *PEOPLE,
        "portal/access/tests",
        "messaging/tests",
        "tests/test_family.py",
        "tests/test_leaving.py",
    ],
    "registration/at_wecom": ["registration/tests/at_wecom"],
    "registration/codes": ["registration/tests/codes", *AT_ONCE],
    "registration/removal": ["registration/tests"],
    "registration/steps": ["registration/tests"],
    "registration/years": ["registration/tests", *AT_ONCE],
    "wechat_admin/callback": ["wechat_admin/tests"],
    "wechat_admin/connection": ["wechat_admin/tests"],
    "wechat_admin/models": ["wechat_admin/tests", "messaging/tests/sending"],
    "wechat_admin/wecom": ["wechat_admin/tests"],
}


def files(part):
    """Its Python files, as they are called from the root on."""
    found = [ROOT / part] if part.endswith(".py") else sorted((ROOT / part).rglob("*.py"))
    names = [file.relative_to(ROOT).as_posix() for file in found if file.name not in LEFT_OUT]
    return [name for name in names if not {"tests", "migrations", "management"} & set(Path(name).parts)]


def their_tests(part):
    found = [ROOT / path for path in GROUND[part]]
    every = [file for path in found for file in ([path] if path.is_file() else sorted(path.rglob("test_*.py")))]
    return [file.relative_to(ROOT).as_posix() for file in every]
