"""A web server that counts its statements: `gunicorn tests.bench.counted_web`. It limits them, as no worker does."""

from portal.wsgi import application

from . import counted

assert counted
__all__ = ["application"]
