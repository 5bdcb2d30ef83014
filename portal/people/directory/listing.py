"""The directory's pages by key: a page costs the same however far down it stands."""

from django.db.models import Q

from portal.paging import PAGE_SIZE, page_behind
from portal.reading import read_id

from ..models import Person


def page_by_name(people, after, size=PAGE_SIZE):
    """The page of `people` behind the person with the id `after`, in the order in which the reader looks.

    The key is an id, not a name: names do not belong into addresses.
    """
    people, last = people.by_name(), Person.objects.filter(pk=read_id(after)).first() if after else None
    if last is not None:
        people = people.filter(behind(last, people.place_in_a_list))
    return page_behind(people, last, size)


def behind(person, column):
    place = getattr(person, column)
    here = Q(**{column: place}, pk__gt=person.pk) | Q(**{f"{column}__gt": place})
    return Q(**{f"{column}__gte": place}) & here  # said twice: so that the index is entered at the place
