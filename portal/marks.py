"""What a view says of itself, for a middleware, or a test, that asks before the view is called."""

from collections.abc import Callable


def marked(view: Callable, *names: str) -> Callable:
    vars(view).update(dict.fromkeys(names, True))
    return view
