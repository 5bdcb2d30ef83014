from celery import shared_task

from .importing import working
from .importing.actions import IMPORTS

__all__ = ["IMPORTS", "imports"]


@shared_task
def imports():
    """Go on with every file that has been told to. Takes no argument: what to do stands in the rows."""
    working.work_on_all()
