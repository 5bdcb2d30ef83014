"""Two presses at the same instant by two processes, as two gunicorn workers have them: what each came to."""

import multiprocessing

from django.db import connection

GO_ON_WITHIN = 30  # seconds


def at_once(*presses, refusals=()):
    """What each of them returned (something that can be pickled), or the name of the refusal it met; in no order."""
    context = multiprocessing.get_context("fork")
    together, results = context.Barrier(len(presses)), context.Queue()
    database = connection.settings_dict["NAME"]
    connection.close()  # no process may go on with the connection of another
    running = [context.Process(target=_press, args=(press, refusals, database, together, results)) for press in presses]
    for process in running:
        process.start()
    outcomes = [results.get(timeout=GO_ON_WITHIN) for _process in running]
    for process in running:
        process.join(GO_ON_WITHIN)
    unforeseen = [outcome for kind, outcome in outcomes if kind == "unforeseen"]
    assert not unforeseen, unforeseen
    return [outcome for _kind, outcome in outcomes]


def _press(press, refusals, database, together, results):
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    together.wait(GO_ON_WITHIN)
    try:
        results.put(("done", press()))
    except refusals as refused:
        results.put(("refused", type(refused).__name__))
    except Exception as unforeseen:
        results.put(("unforeseen", repr(unforeseen)))
    finally:
        connection.close()
