"""What the demo wrote, and how it is told from a real school's data, which no tool of the demo touches."""

import shutil

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from messaging.models import Message
from portal.audit import triggers
from portal.people.demo import is_demo_school
from portal.people.models import Person, User

FILES = ("simulator.sqlite3", "mail", "broker", "broker-control", "alive", "demo.json", "sign-ins.json")


def refuse_what_is_not_the_demos():
    """Before anything is done to it, migrating it included."""
    tables = set(connection.introspection.table_names())
    if not tables:
        return
    if Person._meta.db_table not in tables:
        raise CommandError("This database is another program's. Point DATABASE_URL at an empty one.")
    if not is_demo_school() or (User.objects.exists() and not Person.everybody.exists()):
        raise CommandError(
            "This database holds a school that is not the demo's; nothing was touched. Point DATABASE_URL at an empty one."
        )


def in_words():
    """What would be forgotten; empty where there is nothing yet."""
    if Person._meta.db_table not in connection.introspection.table_names():
        return ""
    people, messages = Person.everybody.count(), Message.objects.exclude(status=Message.Status.DRAFT).count()
    return f"{people} invented people and {messages} messages" if people else ""


def forget():
    """The demo's database, and its files where `demo.json` says that the folder is the demo's."""
    refuse_what_is_not_the_demos()
    if settings.SMALL_DATABASE:
        name = connection.settings_dict["NAME"]
        connection.close()
        for ending in ("", "-wal", "-shm"):
            _remove(settings.BASE_DIR / f"{name}{ending}")
    elif connection.introspection.table_names():
        with triggers.aside(connection):
            call_command("flush", "--noinput", verbosity=0)
    if (settings.VAR_DIR / "demo.json").exists():
        for name in FILES:
            _remove(settings.VAR_DIR / name)
        for ending in ("-wal", "-shm"):
            _remove(settings.VAR_DIR / f"simulator.sqlite3{ending}")


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
