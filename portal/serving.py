"""The web server of the demo and the small installation, where no proxy stands in front.

waitress takes a request to its end before a thread has to do with it, so half a request holds nobody up; and it closes a
connection on which nothing comes. Here it also ends what comes by drops: a request must arrive as fast as a slow line
sends it, or it is not waited for. What comes lies in memory and temporary files until it is all there, before the portal
is asked: so a request is judged by its head, and all that are here have a most together.

    python -m portal.serving PORT
"""

import sys
import time
from copy import copy
from pkgutil import resolve_name

from django.conf import settings
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.utilities import Error

from .request_sizes import LONG_FORM, SHORT_FORM, WITH_FILES

PATIENCE, SLOWEST = 20, 16 * 1024  # seconds for every request, and what comes in each second beyond them
MOST_TOGETHER = 10 * WITH_FILES  # bytes of bodies, announced or here, beyond which only short forms are taken
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


class Busy(Error):
    code, reason = 503, "Service Unavailable"


class Request(HTTPRequestParser):
    """A request that is judged when its head is here, before its body is taken: how much it may bring, and whether there
    is room. That a session's cookie is a real one is known later: it is the room that binds whoever makes one up."""

    def __init__(self, adj, server):
        super().__init__(adj)
        self.adj, self.server = adj, server

    @property
    def length(self):
        """Of its body; what says no length may be as long as a long form."""
        return LONG_FORM if self.chunked else self.content_length

    def parse_header(self, header_plus):
        super().parse_header(header_plus)
        says_who = settings.SESSION_COOKIE_NAME in self.headers.get("COOKIE", "")
        most = WITH_FILES if says_who and not self.chunked else LONG_FORM
        self.adj = copy(self.adj)
        self.adj.max_request_body_size = most + 1
        if SHORT_FORM < self.length <= most and self.server.length_of_all() > MOST_TOGETHER:
            self.error, self.completed = Busy("Too much is being sent at once. Try again in a moment."), True

    def received(self, data):
        taken = super().received(data)
        if self.error:
            self.expect_continue = False  # or the body would be asked for all the same
        return taken


class Channel(HTTPChannel):
    """A connection that knows when the request began that is still coming, and how much of it is here."""

    began, taken = None, 0

    def parser_class(self, adj):
        return Request(adj, self.server)

    @property
    def length(self):
        """Of the bodies that are coming or wait for a thread."""
        return sum(request.length for request in [self.request, *self.requests] if request and not request.error)

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

    def length_of_all(self):
        return sum(channel.length for channel in self.active_channels.values())

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
