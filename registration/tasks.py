from celery import shared_task

from .at_wecom import checking, entering, noticing, removing, welcoming
from .overview import figures

COUNT = "registration.tasks.count"


@shared_task
def work():
    """Everything that is due at WeCom for registrations. Takes no argument: what to do stands in the rows."""
    removing.remove_due()
    entering.enter_due()
    checking.check_due()
    welcoming.welcome_due()
    noticing.notices_due()


@shared_task
def count():
    """Counts again what somebody looks at."""
    figures.count_again()
