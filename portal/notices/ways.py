"""The registry of the way by WeChat: the floor that knows who is registered says whom a message would reach now."""

from collections.abc import Callable

_reaching: list[Callable[[set[int]], set[int]]] = []


def reaches_in_wechat(function):
    """`@reaches_in_wechat`: of keys of users it gives back those whom a message in WeChat reaches now."""
    _reaching.append(function)
    return function


def reached_in_wechat(users):
    return {user for reaches in _reaching for user in reaches(users)} if users else set()
