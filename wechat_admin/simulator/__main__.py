import os
import sys

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication


class Server(BaseApplication):
    def __init__(self, application, port):
        self.application, self.port = application, port
        super().__init__()

    def load_config(self):
        options = {
            "bind": f"127.0.0.1:{self.port}",
            "worker_class": "gthread",
            # One process: the duplicate memory stands under one lock.
            "workers": 1,
            "threads": 64,
            "keepalive": 60,
            "timeout": 0,
            "graceful_timeout": 1,
            "loglevel": "warning",
            "proc_name": "simulator",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self):
        return self.application


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit("usage: python -m wechat_admin.simulator PORT")
    os.environ["DJANGO_SETTINGS_MODULE"] = "wechat_admin.simulator.settings"
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    # A file from before there were migrations holds what the first of them makes.
    call_command("migrate", fake_initial=True, verbosity=0)
    connection.close()
    Server(get_wsgi_application(), int(sys.argv[1])).run()


main()
