from celery import shared_task

from . import inviting, wecom_side, welcoming

WORK = "registration.tasks.work"


@shared_task
def work():
    """Everything that is due at WeCom for registrations. Takes no argument: what to do stands in the rows."""
    wecom_side.enter_due()
    wecom_side.check_due()
    welcoming.welcome_due()


INVITE = "registration.tasks.invite"


@shared_task
def invite():
    inviting.send_due()
