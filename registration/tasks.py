from celery import shared_task

from .at_wecom import checking, entering, welcoming

WORK = "registration.tasks.work"


@shared_task
def work():
    """Everything that is due at WeCom for registrations. Takes no argument: what to do stands in the rows."""
    entering.enter_due()
    checking.check_due()
    welcoming.welcome_due()
