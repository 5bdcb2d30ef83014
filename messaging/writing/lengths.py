"""Texts that get too long when their fields are filled in: WeCom would cut them without a word."""

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import ngettext

from portal.people.models import Membership, Person, Relationship

from ..audience.rule import pupils_concerned
from ..fill_in import FIELDS, fields_in, fill_in
from ..kinds import size_of
from ..models import Message
from .texts import Variant, languages_read, shared_values, texts_of, variants

if TYPE_CHECKING:
    from ..audience.people import Chosen

AT_ONCE = 1000
_BETWEEN = 3  # bytes of a comma between two names, in the widest script


class Bytes(Func):
    """As WeCom counts a text."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


def is_too_long(message: Message, text: str) -> bool:
    """Whether WeCom would cut this text of the message."""
    most = message.shape.most_bytes
    return bool(most) and size_of(text + message.addition) > most


def why_too_long(message: Message, number: int) -> str:
    """What the sender is told, in a sentence."""
    sentence = ngettext(
        "With its fields filled in the text gets too long for %(count)s person: WeCom takes %(most)s bytes. Shorten it.",
        "With its fields filled in the text gets too long for %(count)s people: WeCom takes %(most)s bytes. Shorten it.",
        number,
    )
    return sentence % {"count": number, "most": f"{message.shape.most_bytes:,}"}


def too_long_for(message: Message, people: "QuerySet[Chosen]") -> list[Person]:
    """Those of `people` (with their problem) for whom the text gets too long, in their order.

    One query finds whom it may get too long for; only theirs are filled in.
    """
    found: list[Person] = []
    for variant in variants(message):
        if variant.is_personal:
            found += _of_personal(message, variant.text, _readers(people, variant))
        elif is_too_long(message, variant.text or message.text):
            found += _readers(people, variant).order_by("pk")
    return found


def _readers(people: "QuerySet[Chosen]", variant: Variant) -> "QuerySet[Chosen]":
    theirs = people.filter(problem=None)
    return theirs if variant.languages is None else theirs.filter(language__in=variant.languages)


def _of_personal(message: Message, text: str, people: "QuerySet[Chosen]") -> list[Person]:
    most = message.shape.most_bytes
    suspects = people.annotate(at_most=_at_most(message, text)).filter(at_most__gt=most - size_of(message.addition))
    stream, pupils = suspects.order_by("pk").iterator(chunk_size=AT_ONCE), pupils_concerned(message.rule)
    found: list[Person] = []
    while chunk := list(islice(stream, AT_ONCE)):
        filled = zip(chunk, texts_of(message, chunk, pupils), strict=True)
        found += [person for person, theirs in filled if is_too_long(message, theirs)]
    return found


def _at_most(message: Message, text: str) -> Combinable:
    """An upper bound of the bytes of somebody's text, as an expression."""
    fields = fields_in(text)
    shared = [shared_values(message, language) for language in languages_read()]
    nothing = {name: "\0" for name, field in FIELDS.items() if field.is_personal}
    bytes_of_rest = max(size_of(fill_in(text, values | nothing)) for values in shared)
    bound: Combinable = Value(bytes_of_rest)
    for name, expression in _VALUES.items():
        if times := fields.count(name):
            bound += Value(times) * Greatest(expression(), Value(_when_empty(name)))
    return bound


def _when_empty(name: str) -> int:
    """Bytes of what stands there instead of nothing, in whichever language."""
    return 4 * len(str(FIELDS[name].when_empty)) + 20


def _name() -> Combinable:
    return Bytes("given_name") + Bytes("family_name") + Bytes("chinese_name") + Value(2)


def _sum(rows: QuerySet, owner: str, *columns: str) -> Combinable:
    each = sum((Bytes(column) for column in columns), Value(_BETWEEN))
    total = rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner).annotate(n=Sum(each)).values("n")
    return Coalesce(Subquery(total, output_field=IntegerField()), Value(0))


def _children() -> Combinable:
    return _sum(Relationship.objects.all(), "contact", "pupil__given_name", "pupil__family_name", "pupil__chinese_name")


def _forms() -> Combinable:
    of_children = Relationship.objects.filter(pupil__memberships__group__kind="form")
    own = Membership.objects.filter(group__kind="form")
    return _sum(of_children, "contact", "pupil__memberships__group__label") + _sum(own, "person", "group__label")


_VALUES = {"name": _name, "children": _children, "form": _forms}
