"""A form that could not be taken, on a page from which it is sent again by a press: nothing typed is lost.

Kept only where the form was ours: another site must not have its text shown as typed here. Never a password or a
secret: those are typed again, files chosen again.
"""

import json
import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from django.http import UnreadablePostError
from django.utils.http import url_has_allowed_host_and_scheme

SECRET = re.compile(r"password|secret|aes_key|callback_token", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    address: str
    kept: list[tuple[str, str]]
    secrets: list[str]
    files: list[str]

    @property
    def folded(self):
        """Itself as one field of another form: so it travels through a sign-in."""
        return json.dumps(asdict(self))


def typed_on(request):
    """What was posted, or None where nothing was, or not from a page of ours."""
    if request.method != "POST" or not _is_ours(request):
        return None
    try:
        posted, files = request.POST, request.FILES
    except UnreadablePostError:
        return None
    names = [name for name in posted if name != "csrfmiddlewaretoken"]
    return Typed(
        address=request.get_full_path(),
        kept=[(name, value) for name in names if not SECRET.search(name) for value in posted.getlist(name)],
        secrets=[name for name in names if SECRET.search(name)],
        files=list(files),
    )


def unfolded(request):
    """What travelled in the field `typed`, or None where nothing did or it is not as we folded it."""
    try:
        read = json.loads(request.POST.get("typed", ""))
        address, pairs = str(read["address"]), [(str(name), str(value)) for name, value in read["kept"]]
        secrets, files = map(str, read["secrets"]), map(str, read["files"])
        typed = Typed(address, [pair for pair in pairs if not SECRET.search(pair[0])], list(secrets), list(files))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()})
    return typed if is_ours else None


def _is_ours(request):
    came_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(came_from).netloc == request.get_host()
