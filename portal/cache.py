"""The cache may be away, full of errors or silent: nothing a person does waits for it or fails with it."""

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .away import Service

redis = Service("The cache", longest=30)
PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)}


def _either(name):
    """The method `name` of the Redis cache; while that is away, of one in this process's memory."""

    def method(self, *args, **kwargs):
        if not redis.is_left_alone:
            try:
                answer = getattr(self._redis, name)(*args, **kwargs)
            except (RedisError, OSError) as error:
                redis.failed(f"{type(error).__name__} {error}")
            else:
                redis.answered()
                return answer
        return getattr(self._memory, name)(*args, **kwargs)

    return method


class OptionalRedisCache(BaseCache):
    """Redis where it answers. What is counted goes on without it, in each process by itself."""

    def __init__(self, server, params):
        super().__init__(params)
        options = PATIENCE | params.get("OPTIONS", {})
        self._redis = RedisCache(server, params | {"OPTIONS": options})
        self._memory = LocMemCache("instead of redis", {})

    add, get, set = _either("add"), _either("get"), _either("set")
    touch, delete, has_key, clear = _either("touch"), _either("delete"), _either("has_key"), _either("clear")
    get_many, set_many, delete_many = _either("get_many"), _either("set_many"), _either("delete_many")
    incr = _either("incr")
