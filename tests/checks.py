"""What `make check` looks at besides lint. `python -m tests.checks [NAME …]` looks at these alone; `messages` collects and
compiles, `format` formats the templates."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from django.utils.translation import to_locale

import tests.environment  # sets os.environ
from portal.settings import LANGUAGE_CODE, LANGUAGES
from tests import data
from tests.words import WRONG_WORDS

assert tests.environment
ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = [to_locale(code) for code, _ in LANGUAGES if code != LANGUAGE_CODE]
HOLD_SENTENCES = ("portal", "wechat_admin", "registration", "messaging", "templates", "locale")
TEMPLATES = ("templates", "wechat_admin/simulator/templates")
LONGEST_LINE_OF_A_TEMPLATE = 160
COMPARES_WITH_A_WORD = re.compile(r"(?<!widget_type )[=!]= *[\"']")


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, **options)


def settings():
    """The environment of a command that needs settings but no services."""
    return os.environ.copy()


def types():
    """Types fit."""
    result = run(sys.executable, "-m", "mypy", env=settings())
    return result.stdout + result.stderr if result.returncode else ""


def migrations():
    """Models and migrations agree."""
    result = run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", env=settings())
    return result.stdout + result.stderr if result.returncode else ""


def django():
    """Django's own checks, as for production."""
    result = run(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", env=settings())
    return result.stderr if result.returncode else ""


def _templates():
    return [file for folder in TEMPLATES for file in sorted((ROOT / folder).rglob("*.html"))]


def _djlint(*options):
    return run(str(Path(sys.executable).with_name("djlint")), *options, *map(str, _templates()))


def templates():
    """Templates are formatted (`make format`), no line is too long to read, and none compares a state with a word."""
    lines = [
        (f"{file.relative_to(ROOT)}:{number}", line)
        for file in _templates()
        for number, line in enumerate(file.read_text().splitlines(), 1)
    ]
    problems = [
        f"{where} has {len(line)} characters" for where, line in lines if len(line) > LONGEST_LINE_OF_A_TEMPLATE
    ]
    # Ask the model or the view (`message.is_draft`): the words of a state stand in its enum.
    problems += [
        f"{where} compares with a word: {line.strip()}" for where, line in lines if COMPARES_WITH_A_WORD.search(line)
    ]
    drift = _djlint("--check")
    return "\n".join(problems) + (drift.stdout[-3000:] if drift.returncode else "")


def format_templates():
    """Until nothing changes: what one pass has broken the next may indent."""
    for _ in range(10):
        before = [file.read_bytes() for file in _templates()]
        _djlint("--reformat", "--quiet")
        if before == [file.read_bytes() for file in _templates()]:
            return
    raise SystemExit("djlint changes its mind for ever")


def tables():
    """docs/data.md shows the tables as the models make them."""
    return "" if data.written() == data.FILE.read_text() else "it is not the models' any more: run `make data`"


def vendored():
    """The vendored files are the ones whose checksums were written down."""
    wrong = []
    for line in (ROOT / "static/vendor/SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        if hashlib.sha256((ROOT / "static/vendor" / name).read_bytes()).hexdigest() != digest:
            wrong.append(name)
    return ", ".join(wrong)


def compose():
    """docker-compose.yml keeps to its schema, and every variable it uses is explained in .env.example."""
    result = run(
        str(Path(sys.executable).with_name("check-jsonschema")),
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    )
    if result.returncode:
        return result.stdout + result.stderr
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^#? ?(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    return f"not in .env.example: {sorted(used - explained)}" if used - explained else ""


def environment():
    """Every setting that is read is explained in .env.example."""
    read = set(re.findall(r'(?:env(?:\.\w+)?|web_address)\(\s*"(\w+)"', (ROOT / "portal/settings.py").read_text()))
    explained = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    return f"not in .env.example: {sorted(read - explained)}" if read - explained else ""


def _entries(text):
    """{msgid: [msgstr, …]} of a catalogue, without its head."""
    entries = {}
    for block in text.split("\n\n"):
        if "msgid" in block and not block.startswith("#~"):
            strings = re.findall(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?|msgctxt) ((?:".*"\n?)+)', block + "\n", re.M)
            values = [(kind, "".join(re.findall(r'"(.*)"', value))) for kind, value in strings]
            key = "|".join(value for kind, value in values if not kind.startswith("msgstr"))
            if key:
                entries[key] = [value for kind, value in values if kind.startswith("msgstr")]
                if "#, fuzzy" in block:
                    entries[key] = [""]
    return entries


def translations():
    """Every sentence of the interface is translated, nothing stands there that no page says, and .mo files are current."""
    if not shutil.which("msgfmt"):
        return "GNU gettext is not installed (on Debian: apt-get install gettext)"
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        # Collecting writes beside what it reads, so it reads a copy: of what holds sentences, and nothing else.
        copy = Path(folder)
        for name in HOLD_SENTENCES:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        shutil.copy(ROOT / "manage.py", copy)
        subprocess.run(_makemessages(), cwd=copy, check=True, capture_output=True, env=settings())
        for language in LANGUAGES:
            file = f"locale/{language}/LC_MESSAGES/django.po"
            ours, found = _entries((ROOT / file).read_text()), _entries((copy / file).read_text())
            problems += [f"{language}: not in the catalogue: {key}" for key in found.keys() - ours.keys()]
            problems += [f"{language}: no page says: {key}" for key in ours.keys() - found.keys()]
            problems += [f"{language}: not translated: {key}" for key, value in ours.items() if not all(value)]
            compiled = copy / "compiled.mo"
            subprocess.run(["msgfmt", "--check", "-o", compiled, ROOT / file], check=True)
            if compiled.read_bytes() != (ROOT / file).with_suffix(".mo").read_bytes():
                problems.append(f"{language}: the .mo file is not current; run `make messages`")
    return "\n".join(problems[:40])


def wrong_words(language, text):
    """[(wrong, right)] of the words that stand in a sentence and should not; names of settings and fields are none."""
    text = re.sub(r"%\(\w+\)\w|<[^>]*>|\w+_\w+", "", text)
    found = [(re.search(wrong, text, re.IGNORECASE), right) for wrong, right in WRONG_WORDS[language].items()]
    return [(match[0], right) for match, right in found if match]


def words():
    """Every language calls one thing by one word (docs/words.md, tests/words.py)."""
    catalogues = {
        language: _entries((ROOT / f"locale/{language}/LC_MESSAGES/django.po").read_text()) for language in LANGUAGES
    }
    sentences = [
        (language, text) for language, entries in catalogues.items() for texts in entries.values() for text in texts
    ]
    sentences += [("en", key) for key in catalogues[LANGUAGES[0]]]
    problems = [
        f"{language}: “{wrong}”, write {right}: {text}"
        for language, text in sentences
        for wrong, right in wrong_words(language, text)
    ]
    return "\n".join(problems[:40])


def _makemessages():
    locales = [option for language in LANGUAGES for option in ("-l", language)]
    ignored = [
        option
        for name in ("tests/*", "*/tests/*", "*/simulator/*", "*/demo.py", "conftest.py")
        for option in ("-i", name)
    ]
    return [
        sys.executable,
        "manage.py",
        "makemessages",
        *locales,
        *ignored,
        "--no-location",
        "--no-wrap",
        "--no-obsolete",
        "-v",
        "0",
    ]


def worker():
    """A worker starts from requirements.txt alone: what only the tests install must not be needed."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        installed = run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt")
        if installed.returncode:
            return installed.stderr[-500:]
        environment = settings() | {
            "CELERY_BROKER_URL": "redis://127.0.0.1:6379/9",
            "VAR_DIR": folder,
            "LOG_LEVEL": "INFO",
        }
        command = [python, "-m", "celery", "-A", "portal", "worker", "--pool", "threads", "--concurrency", "1"]
        log = Path(folder, "log")
        with log.open("w") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
            until = time.monotonic() + 30
            while not Path(folder, "alive/worker").exists() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
            started = Path(folder, "alive/worker").exists()
            process.terminate()
            process.wait(20)
        return "" if started else log.read_text()[-1500:]


def messages():
    files = [ROOT / f"locale/{language}/LC_MESSAGES/django.po" for language in LANGUAGES]
    for file in files:
        # What a merge put there twice (.gitattributes keeps both sides' sentences).
        subprocess.run(["msguniq", "--use-first", "--no-wrap", "-o", file, file], check=True)
    subprocess.run(_makemessages(), cwd=ROOT, check=True, env=settings())
    for file in files:
        # When it was collected is nobody's business, and would make every collection a change and every merge a conflict.
        file.write_text("".join(line for line in file.open() if not line.startswith('"POT-Creation-Date:')))
        subprocess.run(["msgfmt", "--check", "-o", file.with_suffix(".mo"), file], check=True)


CHECKS = [templates, types, migrations, django, tables, vendored, compose, environment, translations, words]
# Too slow for every time: `.ci/run` asks for it by name.
SLOW_CHECKS = [worker]


def main():
    if sys.argv[1:] == ["messages"]:
        messages()
        return
    if sys.argv[1:] == ["format"]:
        format_templates()
        return
    failed = False
    asked_for = [check for check in CHECKS + SLOW_CHECKS if check.__name__ in sys.argv[1:]]
    for check in asked_for or CHECKS:
        problem = check()
        print(f"{check.__name__}: {'FAILED' if problem else 'ok'}  {check.__doc__}")
        if problem:
            failed = True
            print(problem)
    sys.exit(failed)


if __name__ == "__main__":
    main()
