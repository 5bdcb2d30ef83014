"""From which address somebody asks, so that one who tries too often is slowed and nobody else."""

import ipaddress

from django.conf import settings

_ONE_HOUSEHOLD = 64  # bits: of IPv6 every customer holds a network of this size, or a larger one


def address_of(request):
    """The address of whoever asks, as text; of IPv6 their network.

    `X-Forwarded-For` is believed as far as proxies of our own wrote it: TRUSTED_PROXIES of them, from the right.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    count = settings.TRUSTED_PROXIES
    written = hops[-count].strip() if 0 < count <= len(hops) else ""
    return _read(written) or _read(request.META.get("REMOTE_ADDR", "")) or "unknown"


def is_beside_us(request):
    """Asked from this machine, and not by a proxy on it."""
    if "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _read(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _ONE_HOUSEHOLD), strict=False))
