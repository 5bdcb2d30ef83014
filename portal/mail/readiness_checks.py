from portal import once
from portal.health.readiness import OURSELVES, NotReady, check

AWAY = "mail away since"  # a fact of the panels


@check(OURSELVES, facts=[AWAY])
def mail_server():
    """Without a sentence: pages and notices have their own."""
    since = once.answer(AWAY)
    return {"mail": NotReady(f"away since {since:%Y-%m-%dT%H:%M:%SZ}", is_told=False) if since else None}
