"""One at a time: two identical messages at the same instant, or two members with one number, must not both get through."""

import threading

writing = threading.Lock()
