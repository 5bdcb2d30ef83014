"""A form that could not be taken, on a page from which it is sent again by a press: nothing typed is lost.

Kept only where the form was ours: another site must not have its text shown as typed here. Never a password or a
secret: those are typed again, files chosen again.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import UnreadablePostError

SECRET = re.compile(r"password|secret|aes_key|callback_token", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    address: str
    kept: list[tuple[str, str]]
    secrets: list[str]
    files: list[str]


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


def _is_ours(request):
    came_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(came_from).netloc == request.get_host()
