"""The settings of a benchmark, set before Django reads any: those of the tests, with a database and a queue of its own."""

import os
import socket
from urllib.parse import urlsplit, urlunsplit

IS_SMALL = os.environ.get("BENCH_SMALL") == "1"
if IS_SMALL:  # as an installation without PostgreSQL and Redis
    os.environ.pop("TEST_DATABASE_URL", None)
    os.environ.pop("TEST_REDIS_URL", None)

import tests.environment  # noqa: E402 - it reads what is set above

assert tests.environment
BESIDE = os.environ.get("TEST_DATABASE_URL", "")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def own_database():
    """Its name and address: beside the one of the tests."""
    parts = urlsplit(BESIDE)
    name = f"{parts.path.lstrip('/')}_bench"
    return name, urlunsplit(parts._replace(path=f"/{name}"))


WECOM_PORT, WEB_PORT = free_port(), free_port()
os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": os.environ["DATABASE_URL"] if IS_SMALL else own_database()[1],
        "CELERY_QUEUE": "bench",
        "WECOM_API_BASE": f"http://127.0.0.1:{WECOM_PORT}",
        "PORTAL_URL": f"http://127.0.0.1:{WEB_PORT}",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "LOG_LEVEL": "ERROR",
    }
)
