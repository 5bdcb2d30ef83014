"""The bare work on the same machine: rows merely copied, calls merely made."""

import http.client
import io
import threading
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction

from messaging.models import Delivery

SENDERS = (1, 2, 4, 8)
_FLOOR = "bench_floor"


def copy(message):
    """Seconds to COPY a message's deliveries into a table of the same columns and indexes, and commit."""
    table = Delivery._meta.db_table
    columns = ", ".join(field.column for field in Delivery._meta.concrete_fields if not field.primary_key)
    rows = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_FLOOR}")
        cursor.execute(f"CREATE TABLE {_FLOOR} (LIKE {table} INCLUDING ALL)")
        # In the order in which the product writes them.
        listed = f"SELECT {columns} FROM {table} WHERE message_id = {int(message.pk)} ORDER BY id"
        cursor.copy_expert(f"COPY ({listed}) TO STDOUT", rows)
        rows.seek(0)
        began = time.monotonic()
        with transaction.atomic():
            cursor.copy_expert(f"COPY {_FLOOR} ({columns}) FROM STDIN", rows)
        taken = time.monotonic() - began
        cursor.execute(f"DROP TABLE {_FLOOR}")
    return taken


def calls(bodies, senders=SENDERS):
    """Seconds to post these bodies over keep-alive connections: of so many threads the number that is fastest."""
    return min(_calls(bodies, number) for number in senders)


def _calls(bodies, number):
    shares = [bodies[n::number] for n in range(number)]
    threads = [threading.Thread(target=_post, args=[share]) for share in shares]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def _post(bodies):
    address = urlsplit(settings.WECOM_API_BASE)
    line = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    for body in bodies:
        line.request("POST", "/cgi-bin/message/send?access_token=floor", body, {"Content-Type": "application/json"})
        line.getresponse().read()
    line.close()
