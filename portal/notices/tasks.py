"""The worker looks where the sweeper does not: else nobody would be told that the sweeper is silent."""

from celery.signals import task_success
from django.db import Error

from portal import database
from portal.doorbell import ring_at_once
from portal.health.models import Beat
from portal.health.tasks import BEAT
from portal.mail.actions import SEND

from .looking import look
from .writing import write_what_is_due


@task_success.connect
def look_in_place_of_the_sweeper(sender, **kwargs):
    """At each beat of the worker's own."""
    if sender.name != BEAT:
        return
    try:
        _look_where_it_is_silent()
    except Error as error:  # without a database each beat would be a traceback
        database.server.failed(database.in_a_line(error))


def _look_where_it_is_silent():
    sweeper = Beat.objects.heard().get(Beat.Process.SWEEPER)
    if sweeper is None or not sweeper.is_lately:
        look()
        write_what_is_due()
        ring_at_once(SEND)
