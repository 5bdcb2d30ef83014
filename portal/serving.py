"""The web server of the demo and the small installation, where no proxy stands in front.

waitress takes a request to its end before a thread has to do with it, so half a request holds nobody up; and it closes a
connection on which nothing comes. Here it also ends what comes by drops: a request must arrive as fast as a slow line
sends it, or it is not waited for.

    python -m portal.serving PORT
"""

import sys
import time
from pkgutil import resolve_name

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from .request_sizes import WITH_FILES

PATIENCE, SLOWEST = 20, 16 * 1024  # seconds for every request, and what comes in each second beyond them
OPTIONS = {
    "threads": 8,
    "max_request_header_size": 64 * 1024,
    "max_request_body_size": WITH_FILES + 1,
    "channel_timeout": 15,  # seconds in which nothing comes
    "cleanup_interval": 5,
    "connection_limit": 900,
    "asyncore_use_poll": True,
    "clear_untrusted_proxy_headers": False,
}


class Channel(HTTPChannel):
    """A connection that knows when the request began that is still coming, and how much of it is here."""

    began, taken = None, 0

    def received(self, data):
        unfinished = self.request
        answer = super().received(data)
        if self.request is None:
            self.began = None
        elif self.request is not unfinished:
            self.began, self.taken = time.time(), 0
        self.taken += len(data)
        return answer

    def comes_by_drops(self, now):
        return self.began is not None and now - self.began > PATIENCE + self.taken / SLOWEST


class Server(TcpWSGIServer):
    channel_class = Channel

    def maintenance(self, now):
        super().maintenance(now)
        for channel in self.active_channels.values():
            if not channel.requests and channel.comes_by_drops(now):
                channel.will_close = True


def serve(port):
    application = resolve_name("portal.wsgi:application")
    Server(application, adj=Adjustments(listen=f"127.0.0.1:{port}", **OPTIONS)).run()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
