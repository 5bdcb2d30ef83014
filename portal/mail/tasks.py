from celery import shared_task

from .sending import send_due


@shared_task
def send():
    """Takes no argument: what to do stands in the rows."""
    send_due()
