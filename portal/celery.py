import os

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_ready

from . import one_request
from .alive import touch
from .database import begin_round

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_to_django(**kwargs):
    """Celery would replace the handlers, and with them the filter that redacts."""


@task_prerun.connect
def begin_with_a_connection_that_works(task, **kwargs):
    one_request.go_on(task.request.get(one_request.HEADER) or "")
    begin_round()


@worker_ready.connect
def say_that_the_worker_listens(**kwargs):
    touch("worker")
