"""What people meet under the portal's own addresses: whether it answers there, and how long its certificates hold.

No process of ours knows that the web server or the proxy is dead, so a worker asks as a browser does. Where it never
had an answer from here (a line that leads out and not back in), or there is no network, it knows nothing and blames nobody.
"""

import errno
import http.client
import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import certifi
from django.conf import settings
from django.db.models.functions import Coalesce, Now

from portal.addresses import Site

from .models import Address

SECONDS = 5
LOOKED_EVERY = timedelta(minutes=1) / settings.SENDING_TIME_SCALE
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


class CannotBeAsked(Exception):
    """From here, now: that says nothing of the portal."""


def look():
    addresses = _addresses()
    Address.objects.exclude(site__in=addresses).delete()
    for site, address in addresses.items():
        Address.objects.get_or_create(site=site, defaults={"address": address})
        row = Address.objects.filter(site=site)
        row.exclude(address=address).update(address=address, answered_at=None, **dict.fromkeys(Address.FOUND))
        # Any number of workers: one of them looks.
        if row.due(LOOKED_EVERY).update(looked_at=Now()):
            row.update(**_found(address))


def _addresses():
    """One where staff and families have the same."""
    both = {settings.STAFF_URL: Site.STAFF} | {settings.PORTAL_URL: Site.FAMILIES}
    return {site: address for address, site in both.items()}


def _found(address):
    """What the row says afterwards."""
    try:
        ends_at = _ask(address)
    except CannotBeAsked as why:
        return {"silent_since": None, "cannot_be_asked": _word(why)}
    except ssl.SSLCertVerificationError as error:
        return {"silent_since": None, "cannot_be_asked": None, "certificate_refused": _word(error.verify_message)}
    except (OSError, http.client.HTTPException) as error:
        return {"silent_since": Coalesce("silent_since", Now()), "cannot_be_asked": None, "silence": _word(error)}
    return dict.fromkeys(Address.FOUND) | {"answered_at": Now(), "certificate_ends_at": ends_at}


def _ask(address):
    """When its certificate ends, or None where there is none. Raises what is in the way."""
    connection = _connection(address)
    try:
        connection.connect()
        certificate = connection.sock.getpeercert() if isinstance(connection, http.client.HTTPSConnection) else None
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno in _NO_WAY:
            raise CannotBeAsked(error.strerror or type(error).__name__) from None
        raise
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise http.client.HTTPException(f"HTTP {status}")
    return certificate and datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def _connection(address):
    parts = urlsplit(address)
    if parts.scheme != "https":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    tls = ssl.create_default_context()  # the machine's, and SSL_CERT_FILE's where a school believes in its own
    tls.load_verify_locations(certifi.where())
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=tls)


def _word(error):
    return (str(error) or type(error).__name__)[:80]
