"""A lean server for the calls of WeCom that sending makes: `python -m tests.bench.wecom PORT [--latency MS] …`.

The simulator keeps a database and answers some hundreds of calls a second, so a benchmark against it would measure the
simulator. This one keeps counters, and the duplicate memory, in one process. It judges nothing but what the benchmark
asks afterwards: who had which text how often. `GET /stats` tells, `POST /reset` forgets, `POST /trouble` with a JSON
object {"unavailable": 0.05, "bad gateway": …} makes so many of the calls go wrong (see TROUBLES).
"""

import argparse
import asyncio
import json
import random
from collections import Counter
from urllib.parse import urlsplit

TROUBLES = (
    "busy",  # errcode -1, nothing done
    "bad gateway",  # HTTP 502, nothing done
    "bad gateway after",  # HTTP 502, and the message went out all the same
    "reset",  # the connection is cut before anything is done
    "reset after",  # the message went out, the answer is cut off
)


class Memory:
    """What was sent to whom, and how often WeCom's duplicate check swallowed a repeat."""

    def __init__(self):
        self.forget()

    def forget(self):
        self.calls: Counter[str] = Counter()
        self.bodies: set[int] = set()
        self.received: Counter[str] = Counter()  # userid → messages shown
        self.swallowed = 0
        self.first_call_at = self.last_call_at = 0.0
        self.at_once = self.most_at_once = 0
        self.marks: dict[str, float] = {}  # ten characters from "##" on → when a text with them came first

    def send(self, body, now):
        self.first_call_at = self.first_call_at or now
        self.last_call_at = now
        digest = hash(body)
        if digest in self.bodies:
            self.swallowed += 1
            return
        self.bodies.add(digest)
        if (mark := body.find(b"##")) >= 0:
            self.marks.setdefault(body[mark : mark + 10].decode("ascii", "replace"), now)
        # "touser":"a|b|c" stands in front, so nothing else of the body need be read.
        start = body.index(b'"touser":"') + 10
        self.received.update(body[start : body.index(b'"', start)].split(b"|"))

    def stats(self):
        return {
            "calls": dict(self.calls),
            "people": len(self.received),
            "messages": self.received.total(),
            "swallowed": self.swallowed,
            "first_call_at": self.first_call_at,
            "last_call_at": self.last_call_at,
            "most_at_once": self.most_at_once,
            "marks": self.marks,
        }


class Server:
    def __init__(self, latency):
        self.latency = latency
        self.memory = Memory()
        self.trouble: dict[str, float] = {}

    def answer(self, path, body, now):
        """(HTTP status, JSON object), or None where the connection is to be cut."""
        memory = self.memory
        if path == "/stats":
            return 200, memory.stats()
        if path == "/reset":
            memory.forget()
            self.trouble = {}
            return 200, {}
        if path == "/trouble":
            self.trouble = json.loads(body or b"{}")
            return 200, {}
        call = path.removeprefix("/cgi-bin/")
        memory.calls[call] += 1
        if call == "gettoken":
            return 200, {"errcode": 0, "errmsg": "ok", "access_token": "lean", "expires_in": 7200}
        if call == "agent/get":
            return 200, {"errcode": 0, "errmsg": "ok", "name": "bench", "close": 0}
        if call != "message/send":
            return 200, {"errcode": 0, "errmsg": "ok"}
        return self._send(body, now)

    def _send(self, body, now):
        went_wrong = self._dice()
        if went_wrong in (None, "bad gateway after", "reset after"):
            self.memory.send(body, now)
        if went_wrong is None:
            return 200, {"errcode": 0, "errmsg": "ok", "msgid": f"m{self.memory.calls['message/send']}"}
        if went_wrong == "busy":
            return 200, {"errcode": -1, "errmsg": "system busy"}
        return (502, {}) if went_wrong.startswith("bad gateway") else None

    def _dice(self):
        if not self.trouble:
            return None
        rolled = random.random()
        for name in TROUBLES:
            rolled -= self.trouble.get(name, 0)
            if rolled < 0:
                return name
        return None


class Connection(asyncio.Protocol):
    """HTTP/1.1, keep-alive, one request after the other: as much of it as our client speaks."""

    def __init__(self, server):
        self.server = server
        self.received = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end]
            length = _length(head)
            if len(self.received) < end + 4 + length:
                return
            body, self.received = self.received[end + 4 : end + 4 + length], self.received[end + 4 + length :]
            self._begin(urlsplit(head.split(b" ", 2)[1].decode()).path, body)

    def _begin(self, path, body):
        memory, loop = self.server.memory, asyncio.get_running_loop()
        memory.at_once += path.startswith("/cgi-bin/")
        memory.most_at_once = max(memory.most_at_once, memory.at_once)
        if self.server.latency and path.startswith("/cgi-bin/"):
            loop.call_later(self.server.latency, self._end, path, body)
        else:
            self._end(path, body)

    def _end(self, path, body):
        self.server.memory.at_once -= path.startswith("/cgi-bin/")
        answer = self.server.answer(path, body, asyncio.get_running_loop().time())
        if answer is None:
            self.transport.abort()
            return
        status, value = answer
        text = json.dumps(value).encode()
        self.transport.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(text))
            + text
        )


def _length(head):
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def serve(port, latency):
    server = Server(latency)
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", port)
    async with listening:
        await listening.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--latency", type=float, default=0, help="milliseconds a call takes")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.latency / 1000))


if __name__ == "__main__":
    main()
