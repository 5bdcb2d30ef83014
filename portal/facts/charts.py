"""Pictures that the server draws: what a template needs to write them as SVG. Numbers are text, as SVG writes them."""

from dataclasses import dataclass
from math import pi

WIDTH, HEIGHT = 320, 96
RADIUS = 42
ROUND = 2 * pi * RADIUS


def _text(number):
    return f"{number:.1f}"


@dataclass(frozen=True)
class Ring:
    part: int
    whole: int

    @property
    def percent(self):
        return self.part * 100 // self.whole if self.whole else 0

    @property
    def dashes(self):
        """How much of the ring is drawn, and how much is not."""
        drawn = ROUND * self.part / self.whole if self.whole else 0
        return f"{_text(drawn)} {_text(ROUND)}"


def line(shares):
    """Pieces of a line through shares of one (None: nothing known, the line is broken there), as points of SVG."""
    step = WIDTH / max(1, len(shares) - 1)
    pieces: list[list] = []
    piece: list = []
    for number, share in enumerate([*shares, None]):
        if share is None:
            pieces += [piece] if piece else []
            piece = []
            continue
        piece.append((number * step, HEIGHT - share * HEIGHT))
    # A point alone would not be seen.
    lines = [
        [(max(0, one[0][0] - 3), one[0][1]), (one[0][0] + 3, one[0][1])] if len(one) == 1 else one for one in pieces
    ]
    return [" ".join(f"{_text(x)},{_text(y)}" for x, y in points) for points in lines]


@dataclass(frozen=True)
class Block:
    name: str
    x: str
    y: str
    width: str
    height: str


def stacks(columns):
    """Blocks of columns [{name: number}], each piled up in the order of its names; the highest fills the picture."""
    highest = max((sum(column.values()) for column in columns), default=0)
    step = WIDTH / max(1, len(columns))
    blocks = []
    for number, column in enumerate(columns):
        top = HEIGHT
        for name, people in column.items():
            height = HEIGHT * people / highest if highest else 0
            top -= height
            if height:
                blocks.append(
                    Block(name, _text(number * step + step * 0.15), _text(top), _text(step * 0.7), _text(height))
                )
    return blocks
