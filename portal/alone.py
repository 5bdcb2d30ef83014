import threading


class Alone:
    """Work that one thread of this process does at a time. Who comes meanwhile leaves it to look once more instead."""

    def __init__(self, work):
        self.work = work
        self._lock, self._asked = threading.Lock(), threading.Event()

    @property
    def is_busy(self):
        return self._lock.locked()

    def run(self):
        self._asked.set()
        while self._asked.is_set() and self._lock.acquire(blocking=False):
            try:
                self._asked.clear()
                self.work()
            finally:
                self._lock.release()
