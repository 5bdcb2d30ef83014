"""What nobody does with a page that somebody else left open: before it they prove anew that it is they.

Signing in is a proof, and so is the password or a second factor on the page that asks for it (portal/access/factors).
A view says so with `@asks_for_proof`, or asks at the moment it knows with `check`; `tests/test_fresh_proof.py` lists them.
"""

import time
from functools import wraps

from portal.marks import marked

LASTS = 600  # seconds
_KEY = "proved"


class ProofNeeded(Exception):
    """`is_file`: what was asked for is a download, and no page. `keeps_secrets`: the view keeps typed secrets itself."""

    def __init__(self, *, is_file=False, keeps_secrets=False):
        super().__init__()
        self.is_file, self.keeps_secrets = is_file, keeps_secrets


def note(session):
    """Whoever has this session has proved just now that it is they."""
    session[_KEY] = int(time.time())


def is_fresh(request):
    return time.time() - request.session.get(_KEY, 0) < LASTS


def check(request, **kind):
    """Raises ProofNeeded."""
    if not is_fresh(request):
        raise ProofNeeded(**kind)


def posts(request):
    return request.method == "POST"


def always(request):
    return True


def asks_for_proof(when=posts, **kind):
    """The view is for whoever proved lately that it is they, where `when` says so of the request; `kind` as ProofNeeded."""

    def decorate(view):
        @wraps(view)
        def proved(request, *args, **kwargs):
            if when(request):
                check(request, **kind)
            return view(request, *args, **kwargs)

        return marked(proved, "asks_for_proof")

    return decorate
