"""What a backup says of itself. It names no secret and nobody: keys by their fingerprints, tables by their counts."""

import hashlib
import json
from dataclasses import asdict, dataclass

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from portal.crypto import EncryptedField
from portal.version import VERSION, commit


@dataclass(frozen=True)
class Manifest:
    version: str
    commit: str
    made_at: str
    vendor: str
    school: str
    migrations: list[str]
    keys: dict[str, list[str]]  # name of the setting → fingerprints, newest key first
    counts: dict[str, int]  # table → rows

    def line(self):
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


def read(line):
    return Manifest(**json.loads(line))


def of_now():
    """Of the database as the present transaction sees it."""
    return Manifest(
        version=VERSION,
        commit=commit(),
        made_at=timezone.now().isoformat(timespec="seconds"),
        vendor=connection.vendor,
        school=settings.SCHOOL_NAME,
        migrations=applied(),
        keys=fingerprints(),
        counts=counts(connection),
    )


def applied():
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def fingerprints():
    """They tell keys apart and open nothing: a key is drawn from more than can be tried."""
    named = {"PORTAL_KEYS": settings.PORTAL_KEYS, "SECRET_KEY": [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]}
    return {name: [_fingerprint(name, key) for key in keys] for name, keys in named.items()}


def _fingerprint(name, key):
    return hashlib.sha256(f"fingerprint of {name}\0{key}".encode()).hexdigest()[:16]


def counts(connected):
    """{table: rows} of every table there is, ours or not."""
    with connected.cursor() as cursor:
        tables = connected.introspection.table_names(cursor)
        return {table: _rows(connected, cursor, table) for table in sorted(tables)}


def _rows(connected, cursor, table):
    cursor.execute(f"SELECT count(*) FROM {connected.ops.quote_name(table)}")
    return cursor.fetchone()[0]


# --- after a restore ---


def differences(manifest):
    """Tables that hold another number of rows than the backup was made of, as sentences."""
    found = counts(connection)
    return [
        f"{table}: {found.get(table, 'missing')} rows, and the backup was made of {rows}"
        for table, rows in manifest.counts.items()
        if found.get(table) != rows
    ]


def missing_keys(manifest):
    """What the keys of this portal cannot do with what was written with those of the backup, as sentences."""
    here = fingerprints()
    lost = {name for name, prints in manifest.keys.items() if prints and prints[0] not in here.get(name, [])}
    sentences = {
        "PORTAL_KEYS": "PORTAL_KEYS holds none of the backup's newest key: the Enterprise Account's secrets cannot be "
        "read. Put the old key behind the new one, or type the secrets again.",
        "SECRET_KEY": "SECRET_KEY is another: letters with personal codes and links that were sent do not open. Put the "
        "old one into SECRET_KEY_FALLBACKS.",
    }
    return [sentence for name, sentence in sentences.items() if name in lost]


def unreadable_secrets():
    """How many stored secrets open with no key of this portal, by trying each."""
    found = 0
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]
        if names:
            found += sum(getattr(row, name).is_unreadable for row in model._default_manager.all() for name in names)
    return found
