"""Lists page by key, newest first: a page costs the same however long the list is."""

from dataclasses import dataclass

from . import fresh_proof
from .csv_files import MOST_WITHOUT_PROOF
from .reading import read_id

PAGE_SIZE = 50
MOST_PRINTED = 1000  # rows of a sheet: some forty pages of A4


@dataclass
class Page:
    rows: list
    older: int | None  # the key to ask the next page with, None on the last
    is_first: bool
    is_sheet: bool = False


@dataclass
class ListPage:
    rows: list
    next: int | None  # the id behind which the next page begins, None on the last
    is_first: bool


def page_behind(rows, last, size=PAGE_SIZE):
    """The page of `rows`, which begin behind the row `last`, or are the first where that is None."""
    rows = list(rows[: size + 1])
    return ListPage(rows[:size], rows[size - 1].pk if len(rows) > size else None, last is None)


def page_in_order(queryset, column, after, size=PAGE_SIZE):
    """The page behind the row with the id `after`, in the order of a column in which no two are the same."""
    last = queryset.filter(pk=read_id(after)).first()
    rows = queryset.order_by(column)
    if last is not None:
        rows = rows.filter(**{f"{column}__gt": getattr(last, column)})
    return page_behind(rows, last, size)


def first(rows, most):
    """(the first so many, whether there are more)"""
    rows = list(rows[: most + 1])
    return rows[:most], len(rows) > most


def page_of(queryset, request, size=PAGE_SIZE):
    """The page of `queryset` that `?before=ID` asks for, by id, newest first; of a search it is posted with the words."""
    before = read_id((request.POST if request.method == "POST" else request.GET).get("before"))
    rows = queryset.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    rows = list(rows[: size + 1])
    older = rows[size - 1].id if len(rows) > size else None
    return Page(rows=rows[:size], older=older, is_first=before is None)


def is_to_print(request):
    return request.method == "GET" and "print" in request.GET


def page_or_sheet(queryset, request):
    """A page, or with `?print` as many rows as one prints at once: like a table to download, a long one is for whoever
    proved lately that it is they. Raises fresh_proof.ProofNeeded."""
    if not is_to_print(request):
        return page_of(queryset, request)
    sheet = page_of(queryset, request, MOST_PRINTED)
    sheet.is_sheet = True
    if len(sheet.rows) > MOST_WITHOUT_PROOF:
        fresh_proof.check(request)
    return sheet
