"""Ring a worker. The database is the truth; a Celery message only says "look now", so a lost one costs a sweep's wait."""

from django.conf import settings
from django.db import transaction

from .celery import app

# A doorbell nobody answered is repeated by the sweep: an old one need not pile up.
EXPIRES = 10
_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}


def ring(task):
    """Have a worker run `task` (a dotted name, no arguments) once this transaction has committed.

    Never raises for a broker that is down or silent (it waits a second at most): `robust` logs it, the sweep rings again.
    """

    def publish():  # a function with a name: Django's robust logging asks for one
        _publish(task)

    transaction.on_commit(publish, robust=True)


def _publish(task):
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    if not settings.SMALL_BROKER:
        options = options | _PATIENCE
    with app.connection_for_write(connect_timeout=1, transport_options=options) as connection:
        app.send_task(task, connection=connection, expires=EXPIRES, retry=False)
