"""Runs the portal's processes as children of one command: starts them, waits until they answer, restarts one that dies."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

from django.conf import settings

_PR_SET_PDEATHSIG = 1
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


def web(port):
    """A server that takes a request to its end before a thread has to do with it: no proxy stands in front here."""
    return [sys.executable, "-m", "portal.serving", str(port)]


def worker():
    options = ["--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"]
    quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
    return [sys.executable, "-m", "celery", "--quiet", "-A", "portal", "worker", *options, *quiet]


def sweeper():
    return [*MANAGE, "sweep"]


def free_port(wanted, name, say, but=()):
    """`wanted`, or the next free port after it that is none of `but`, said aloud."""
    for port in range(wanted, wanted + 50):
        if port in but:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != wanted:
            say(f"Port {wanted} is taken; {name} uses {port}.")
        return port
    sys.exit(f"No port between {wanted} and {wanted + 49} is free for {name}. Set another one.")


def wait_for(check, sentence, say):
    """However long it takes: say the sentence once, ask again after pauses that double, go on when it is so."""
    pause = 0.5
    while not check():
        if pause == 0.5:
            say(sentence)
        time.sleep(pause)
        pause = min(2 * pause, 8)


def answers(address):
    """Whether a GET of the address is answered, and not with a fault or “not ready”."""
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return response.status < 500
    except (urllib.error.URLError, OSError):
        return False


def _die_with(parent):
    """Run in a child before its program: when the parent is killed, the child is told to end. Linux alone can."""

    def ask():
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return ask


class Processes:
    def __init__(self, environment, say, locks=()):
        self.environment = os.environ | environment
        self._say = say
        self.locks = locks  # the children hold them too
        self.running = {}  # name → (command, process)
        self.stopping = False
        if os.getuid() == 0:
            self.say("Everything runs as root: whoever breaks into the portal has this machine. Use a user of its own.")
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._stop)

    def _stop(self, *_):
        self.stopping = True

    def say(self, line):
        with suppress(OSError):  # the terminal may be closed
            self._say(line)

    def once(self, *command):
        """Run a command of manage.py to its end; stop everything if it fails."""
        if subprocess.run([*MANAGE, *command], check=False, **self._options()).returncode:
            self.stop_all()
            sys.exit(f"manage.py {command[0]} failed; what it said stands above.")

    def _options(self):
        return {
            "env": self.environment,
            "cwd": settings.BASE_DIR,
            "pass_fds": tuple(self.locks),
            "preexec_fn": _die_with(os.getpid()),
        }

    def start(self, name, command):
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop the children in order.
        process = subprocess.Popen(command, start_new_session=True, **self._options())
        self.running[name] = (command, process)

    def wait_until(self, name, check, seconds=60):
        until = time.monotonic() + seconds
        while not check():
            if self.stopping:
                self.stop_all()
                sys.exit(0)
            died = any(process.poll() is not None for _, process in self.running.values())
            if died or time.monotonic() > until:
                self.stop_all()
                sys.exit(f"The {name} did not start; what it said stands above.")
            time.sleep(0.05)

    def watch(self):
        """Until somebody stops us: start again what dies."""
        while not self.stopping:
            for name, (command, process) in list(self.running.items()):
                if process.poll() is not None and not self.stopping:
                    self.say(f"The {name} died (code {process.returncode}); starting it again.")
                    time.sleep(0.5)
                    self.start(name, command)
            time.sleep(0.2)
        self.stop_all()

    def stop_all(self):
        self.stopping = True
        for _, process in reversed(list(self.running.values())):
            process.terminate()
        until = time.monotonic() + 8
        for _, process in self.running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
