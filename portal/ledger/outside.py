"""The mark's number outside the database, where the doorbell lives: in Redis, or beside the file broker.

It is only ever raised, in whatever order two workers write.
"""

import fcntl
from functools import cache

from django.conf import settings

from portal import doorbell
from portal.celery import app

FOLDER = settings.VAR_DIR / "ledger"
_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}
_RAISE = """
local stands = tonumber(redis.call("GET", KEYS[1]))
if not stands or stands < tonumber(ARGV[1]) then redis.call("SET", KEYS[1], ARGV[1]) end
"""


class Away(Exception):
    """It can be neither read nor written now."""


def number_of(name):
    """How far this history went, or None where nothing is known of it."""
    return _asked(_read_file if settings.SMALL_BROKER else _read_redis, name)


def raise_to(name, number):
    _asked(_raise_file if settings.SMALL_BROKER else _raise_redis, name, number)


def add_to(name, lines):
    """Add to the list of this name, which no restore of the database takes back."""
    _asked(_add_to_file if settings.SMALL_BROKER else _add_to_redis, name, lines)


def all_of(name):
    """What stands in the list of this name, as a set."""
    return _asked(_lines_of_file if settings.SMALL_BROKER else _lines_of_redis, name)


def _asked(call, *values):
    """One that does not answer is left alone for as long as the doorbell leaves it alone."""
    if doorbell.broker.is_left_alone:
        raise Away
    try:
        answer = call(*values)
    except Exception as error:  # whatever a transport raises: nobody may send then
        doorbell.broker.failed(f"{type(error).__name__} {error}")
        raise Away from error
    doorbell.broker.answered()
    return answer


# --- Redis ---


@cache
def _client():
    """Kept for as long as the process lives: it is asked with every claim."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | _PATIENCE
    return app.connection_for_write(connect_timeout=1, transport_options=options).default_channel.client


def _key(name):
    return f"{settings.CELERY_TASK_DEFAULT_QUEUE}-ledger-{name}"


def _read_redis(name):
    number = _client().get(_key(name))
    return None if number is None else int(number)


def _raise_redis(name, number):
    _client().eval(_RAISE, 1, _key(name), number)


def _add_to_redis(name, lines):
    _client().sadd(_key(name), *lines)


def _lines_of_redis(name):
    return {line.decode() if isinstance(line, bytes) else line for line in _client().smembers(_key(name))}


# --- files ---


def _read_file(name):
    try:
        return int((FOLDER / str(name)).read_text())
    except FileNotFoundError:
        return None


def _raise_file(name, number):
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stands = _read_file(name)
        if stands is None or stands < number:
            # Whole or not at all: whoever reads meanwhile reads the one number or the other.
            fresh = FOLDER / f"{name}.new"
            fresh.write_text(str(number))
            fresh.replace(FOLDER / str(name))


def _add_to_file(name, lines):
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{name}.list").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.writelines(f"{line}\n" for line in lines)


def _lines_of_file(name):
    file = FOLDER / f"{name}.list"
    return set(file.read_text().splitlines()) if file.exists() else set()
