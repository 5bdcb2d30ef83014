from celery import shared_task

from portal.alone import Alone

from .counting import grown_old


def _count():
    for write_down in grown_old():
        write_down()


_counting = Alone(_count)


@shared_task
def count_the_day():
    """Takes no argument: what to count stands in the rows. A counting that takes long is not begun by another thread."""
    _counting.run()
