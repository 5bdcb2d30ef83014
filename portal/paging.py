"""Lists page by key, newest first: a page costs the same however long the list is."""

from dataclasses import dataclass

from .reading import read_id

PAGE_SIZE = 50


@dataclass
class Page:
    rows: list
    older: int | None  # the key to ask the next page with, None on the last
    is_first: bool


def page_of(queryset, request, size=PAGE_SIZE):
    """The page of `queryset` that `?before=ID` asks for, by id, newest first."""
    before = read_id(request.GET.get("before"))
    rows = queryset.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    rows = list(rows[: size + 1])
    older = rows[size - 1].id if len(rows) > size else None
    return Page(rows=rows[:size], older=older, is_first=before is None)
