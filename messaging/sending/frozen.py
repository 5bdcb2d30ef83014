"""The list of a message while it is frozen: worked out once, into a table that is gone when it has been written down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection
from django.db.models import F, QuerySet

from ..audience.digest import Digest, sql_of
from ..models import Batch, Delivery, Message

TABLE = "frozen_list"
PERSONAL_AT_ONCE = 1000
# Held while a list is frozen, and by whoever deletes a person (migration 0011): no delivery is left without its person.
PEOPLE_STAY = 1198482001
_DELIVERY, _BATCH = Delivery._meta.db_table, Batch._meta.db_table


@dataclass
class FrozenList:
    """`with FrozenList(people, variants, too_long) as listed: …`, inside the transaction.

    Each of `people` stands there with their problem, their userid, the number of their variant, and among those of
    the variant whom nothing keeps from being reached their place by userid. `too_long` are the numbers of the variants
    that WeCom would cut for everybody.
    """

    people: QuerySet
    variants: list
    too_long: set

    def __enter__(self) -> Self:
        if connection.vendor == "postgresql":
            _execute("SELECT pg_advisory_xact_lock_shared(%s)", [PEOPLE_STAY])
        people = self.people.annotate(person_id=F("pk")).values("person_id", "problem", "userid", "language")
        select, parameters = people.query.sql_with_params()
        variant, languages = self._variant()
        too_long = ", ".join(map(str, sorted(self.too_long))) or "-1"
        # Without an offset what keeps somebody is worked out anew at each place that speaks of it. A table made of it
        # first ("MATERIALIZED") would do as well, and is written and read once more.
        _execute(
            f"""
            CREATE TEMPORARY TABLE {TABLE} AS
            WITH listed AS (
                SELECT person_id, variant, userid, CASE
                    WHEN problem IS NULL AND variant IN ({too_long}) THEN '{Delivery.Problem.TOO_LONG}' ELSE problem
                END AS problem
                FROM (
                    SELECT person_id, userid, problem, {variant} AS variant FROM ({select} {self._offset}) AS chosen
                ) AS with_variant
            )
            SELECT person_id, variant, problem, userid,
                row_number() OVER (PARTITION BY variant, problem IS NULL ORDER BY {self._by_userid}, person_id) AS place
            FROM listed
            """,
            [*languages, *parameters],
        )
        self._count()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:  # else the transaction takes it back
            _execute(f"DROP TABLE {TABLE}")

    @property
    def _by_userid(self) -> str:
        """By its bytes: the order means nothing to people, and the rules of a language take longer to compare."""
        return 'userid COLLATE "C"' if connection.vendor == "postgresql" else "userid"

    @property
    def _offset(self) -> str:
        return "OFFSET 0" if connection.vendor == "postgresql" else "LIMIT -1 OFFSET 0"

    def _variant(self) -> tuple[str, list[str]]:
        """SQL of the number of somebody's variant, and its parameters."""
        if len(self.variants) == 1:
            return "0", []
        whens = [
            f"WHEN language IN ({', '.join(['%s'] * len(variant.languages))}) THEN {number}"
            for number, variant in enumerate(self.variants)
        ]
        languages = [language for variant in self.variants for language in variant.languages]
        return f"CASE {' '.join(whens)} ELSE 0 END", languages

    def _count(self) -> None:
        self.number, self.reached, digest = 0, {}, Digest()
        groups = f"SELECT variant, problem IS NULL, count(*), {sql_of('person_id')} FROM {TABLE} GROUP BY 1, 2"
        for variant, is_reached, number, *sums in _execute(groups, fetch=True):
            self.number += number
            if is_reached:
                self.reached[variant] = number  # how many a variant reaches
                digest.add(number, sums)
        self.digest = str(digest)

    def write(self, message: Message, first: dict[int, int], most: int) -> None:
        """The deliveries, in userid order: of everybody with a problem, and of those whose variant has batches of `most`
        people, numbered from `first[variant]` on. Neither time nor memory of this process grows with people."""
        numbers = "".join(f"WHEN {int(n)} THEN {int(one)} + (place - 1) / {int(most)} " for n, one in first.items())
        number = f"CASE WHEN problem IS NOT NULL THEN 0 ELSE CASE variant {numbers} ELSE 0 END END" if first else "0"
        _execute(
            f"""
            INSERT INTO {_DELIVERY} (message_id, person_id, userid, problem, batch_id)
            SELECT {int(message.pk)}, person_id, CASE WHEN problem IS NULL THEN userid ELSE '' END, problem, batch.id
            FROM (SELECT chosen.*, {number} AS number FROM {TABLE} AS chosen) AS listed
            LEFT JOIN {_BATCH} AS batch ON batch.message_id = {int(message.pk)} AND batch.number = listed.number
            WHERE problem IS NOT NULL OR listed.number > 0
            """
        )

    def write_each(self, message: Message, rows: Sequence[tuple]) -> None:
        """The same of single people: (id, userid, number of their batch or 0, problem)."""
        values = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
        _execute(
            f"""
            INSERT INTO {_DELIVERY} (message_id, person_id, userid, problem, batch_id)
            SELECT {int(message.pk)}, v.column1, v.column2, v.column4, batch.id
            FROM (VALUES {values}) AS v
            LEFT JOIN {_BATCH} AS batch ON batch.message_id = {int(message.pk)} AND batch.number = v.column3
            """,
            [value for row in rows for value in row],
        )

    def ranges(self, message: Message, most: int) -> list[tuple[int, int, int]]:
        """[(first, last, how many)] of `most` deliveries each that nothing keeps from being reached, as they stand."""
        return _execute(
            f"""
            SELECT min(id), max(id), count(*) FROM (
                SELECT id, row_number() OVER (ORDER BY id) AS place FROM {_DELIVERY}
                WHERE message_id = {int(message.pk)} AND problem IS NULL
            ) AS reached
            GROUP BY (place - 1) / {int(most)} ORDER BY 1
            """,
            fetch=True,
        )

    def in_chunks(self, variant: int) -> Iterator[list[tuple[int, str]]]:
        """Lists of (id, userid) of those whom a variant reaches, by userid: memory holds a thousand, however many."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                f"SELECT person_id, userid FROM {TABLE} WHERE variant = %s AND problem IS NULL ORDER BY place",
                [variant],
            )
            while chunk := cursor.fetchmany(PERSONAL_AT_ONCE):
                yield chunk


def _execute(statement: str, parameters: Iterable[Any] = (), *, fetch: bool = False) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return cursor.fetchall() if fetch else []
