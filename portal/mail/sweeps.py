from datetime import timedelta

from django.db.models.functions import Now

from portal.doorbell import ring
from portal.periodic import every

from .actions import SEND
from .models import Letter
from .sending import free_the_lost, may_leave


@every(5)
def ring_for_letters():
    free_the_lost()
    if Letter.objects.due().exists() and may_leave():
        ring(SEND)


@every(3600)
def forget_addresses_that_were_typed():
    """They need be known only as long as they keep a second letter from leaving."""
    Letter.objects.exclude(address="").filter(posted_at__lt=Now() - timedelta(days=1)).delete()
