"""The school's account at WeCom, for whoever watches the server."""

from django.utils import timezone

from portal.health.gauges import gauge, seconds

from .models import Check, EnterpriseAccount
from .models.token import Token


@gauge("linked", "Whether the school's account is linked")
def linked():
    return int(EnterpriseAccount.objects.the().is_linked)


@gauge("sending_stopped", "1 where nothing may be sent, by what stops it", "by")
def stopped():
    gate = EnterpriseAccount.objects.the().gate
    return {"hold": int(gate.is_held), "pause": int(gate.paused), "limit": int(gate.is_limited)}


@gauge("connection", "Rows of the check of the connection, by what they show", "state")
def connection():
    standings = [check.standing for check in Check.objects.all()]
    return {str(state): standings.count(state) for state in Check.State}


@gauge("token_seconds_left", "How long the access tokens of WeCom are good for", "token")
def tokens():
    now = timezone.now()
    return {token.key[:8]: seconds(token.expires_at - now) for token in Token.objects.all() if token.expires_at}
