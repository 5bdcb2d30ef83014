"""Whether somebody of a frozen list can still be reached."""

from functools import cache

from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import Exact

from registration.models import Registration, is_undoubted

from ..models import Delivery


@cache
def problem_by_now() -> Coalesce:
    """What keeps somebody of a frozen list from being reached, or "".

    A value, not a join or `Exists`: of those PostgreSQL makes a hash of the whole school, for every claim anew; for a
    value it looks up each of these people by an index, and nobody else.
    """
    open_ones = Registration.objects.open().filter(person=OuterRef("person"))
    # As it is written first: to make small letters takes as long as the look-up, and hardly anybody's differ.
    same_member = Q(userid=OuterRef("userid")) | Q(Exact(Lower("userid"), Lower(OuterRef("userid"))))
    problem = Case(When(is_undoubted() & same_member, then=Value("")), default=Value(Delivery.Problem.UNREACHABLE))
    return Coalesce(Subquery(open_ones.values_list(problem)[:1]), Value(Delivery.Problem.STOPPED))
