"""Letters, for whoever watches the server."""

from django.db.models import Count, Min
from django.utils import timezone

from portal.health.gauges import gauge, seconds

from .models import Letter, MailServer


@gauge("letters", "Letters by e-mail, by what became of them", "state")
def letters():
    return dict.fromkeys(Letter.State.values, 0) | dict(Letter.objects.values_list("state").annotate(n=Count("pk")))


@gauge("letter_oldest_due_seconds", "Since the letter that waits longest might have left")
def oldest():
    due = Letter.objects.due().order_by().aggregate(at=Min("next_attempt_at"))["at"]
    return 0 if due is None else seconds(timezone.now() - due)


@gauge("mail_server_away_seconds", "Since the mail server does not answer")
def away():
    since = MailServer.objects.filter(failures__gt=0).values_list("away_since", flat=True).first()
    return 0 if since is None else seconds(timezone.now() - since)
