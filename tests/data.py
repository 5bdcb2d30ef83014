"""Writes docs/data.md: every table, what a row of it is, and what it points to. `make data`."""

import os
import re
from pathlib import Path

import django
from django.apps import apps

import tests.environment  # sets os.environ

assert tests.environment
FILE = Path(__file__).resolve().parents[1] / "docs/data.md"
# From the ground up, as the imports run.
APPS = (
    *("audit", "school", "health", "facts", "ledger", "mail"),
    *("people", "access", "notices", "wechat_admin", "registration", "messaging"),
)
HEAD = """# The tables

Drawn from the models by `make data`; `make check` says when it is not theirs any more. An arrow is a foreign key, and
points to the row that must be there first. Keys that only say who did something (`related_name="+"`) are not drawn, and
stand in brackets below. Beside these there are Django's own tables (groups, permissions, sessions, content types) and
allauth's second factors.

"""
SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.S)


def models_of(app):
    return sorted(apps.get_app_config(app).get_models(), key=lambda model: model.__name__)


def sentence_of(model):
    """The first one of its docstring; Django writes one of its own where there is none, with the names of the columns."""
    said = " ".join((model.__doc__ or "").split())
    if not said or said.startswith(f"{model.__name__}("):
        raise SystemExit(f"{model.__module__}: {model.__name__} does not say what it is")
    first = SENTENCE.match(said)
    return (first[0] if first else said).replace("|", "\\|")


def keys_of(model):
    """[(field, whether it is drawn)] to tables of ours."""
    keys = [field for field in model._meta.fields if field.remote_field and field.related_model in all_models()]
    return [(field, not field.remote_field.hidden) for field in keys]


def all_models():
    return [model for app in APPS for model in models_of(app)]


def picture():
    yield "```mermaid\nflowchart LR\n"
    for app in APPS:
        yield f'  subgraph {app}["{apps.get_app_config(app).name}"]\n'
        yield from (f"    {model.__name__}\n" for model in models_of(app))
        yield "  end\n"
    for model in all_models():
        drawn = sorted({field.related_model.__name__ for field, is_drawn in keys_of(model) if is_drawn})
        yield from (f"  {model.__name__} --> {other}\n" for other in drawn)
    yield "```\n"


def lines(app):
    yield f"\n## {apps.get_app_config(app).name}\n\n| a row of | is | points to |\n|---|---|---|\n"
    for model in models_of(app):
        named = [(f"{field.name}: {field.related_model.__name__}", drawn) for field, drawn in keys_of(model)]
        keys = ", ".join(words if drawn else f"({words})" for words, drawn in named)
        yield f"| {model.__name__} | {sentence_of(model)} | {keys} |\n"


def written():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    return "".join([HEAD, *picture(), *(line for app in APPS for line in lines(app))])


if __name__ == "__main__":
    FILE.write_text(written())
