"""How a call is refused."""


class Refusal(Exception):
    def __init__(self, code, text, **more):
        super().__init__(text)
        self.code, self.text, self.more = code, text, more
