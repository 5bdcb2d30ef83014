"""How a call is refused."""


class Refusal(Exception):
    def __init__(self, code, text, **more):
        super().__init__(text)
        self.code, self.text, self.more = code, text, more


class TooOften(Refusal):
    """The interface is closed, for so many seconds from now; 0: it was closed before."""

    def __init__(self, seconds=0):
        super().__init__(45009, "api freq out of limit")
        self.seconds = seconds
