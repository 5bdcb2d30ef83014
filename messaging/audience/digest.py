"""Names exactly one set of people, so that a change of it can be noticed: sums that the database makes in passing.

Of each id modulo a prime the first three powers are summed. Two sets of one size that differ in up to three people on
either side never have the same three sums, whoever they are; of any others one in 2^90 has, by chance.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Self

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, DecimalField
from django.db.models.sql.compiler import SQLCompiler

PRIME = 2_147_483_629  # the product of an id of up to three thousand million and of a number below it fits into 64 bits
POWERS = (1, 2, 3)


def _power(column: str, number: int) -> str:
    """SQL of a column's power modulo the prime, as it stands where parameters are put in."""
    power = f"({column} %% {PRIME})" if number == 1 else column
    for _ in range(number - 1):
        power = f"({power} * {column} %% {PRIME})"
    return power


def sql_of(column: str) -> str:
    """SQL of the three sums of a column of ids."""
    return ", ".join(f"SUM({_power(column, number)})" for number in POWERS)


class _SumOfPowers(Aggregate):
    name = "SumOfPowers"
    output_field = DecimalField(max_digits=30, decimal_places=0)

    def __init__(self, field: str, number: int = 1, **options: Any) -> None:
        super().__init__(field, **options)
        self.number = number

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **context: Any
    ) -> tuple[str, Any]:
        column, parameters = compiler.compile(self.get_source_expressions()[0])
        return f"SUM({_power(column, self.number)})", parameters


def sums_of(field: str) -> dict[str, Aggregate]:
    """The same as annotations of a grouped queryset: {"sum_1": …, "sum_2": …, "sum_3": …}."""
    return {f"sum_{number}": _SumOfPowers(field, number) for number in POWERS}


class Digest:
    """Sets that have nobody in common are put together by `add`."""

    def __init__(self) -> None:
        self.number, self.sums = 0, [0] * len(POWERS)

    def add(self, number: int, sums: Iterable) -> Self:
        """So many people, and their sums as the database made them; of nobody it makes NULL."""
        self.number += number
        self.sums = [one + int(other or 0) for one, other in zip(self.sums, sums, strict=True)]
        return self

    def __str__(self) -> str:
        return hashlib.sha256(",".join(map(str, [self.number, *self.sums])).encode()).hexdigest()


def digest_of_ids(ids: Iterable[int]) -> str:
    """Of people by their ids."""
    ids = list(ids)
    return str(Digest().add(len(ids), [sum(pow(pk, number, PRIME) for pk in ids) for number in POWERS]))
