"""What a process that runs on must know of its database connection."""

from django.db import close_old_connections, connection


def begin_round():
    """Every task, every round of a pump and of the sweeper begins with a connection that works.

    A restart of the database leaves a dead one behind in each thread, which nothing else would ever close.
    """
    if not connection.in_atomic_block:
        close_old_connections()
