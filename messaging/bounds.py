from portal.people.bounds import bounds
from portal.people.models import Group

from .judgement import is_limited


@bounds
def of_a_sender(user):
    """Whoever writes to their own groups only."""
    if not is_limited(user):
        return None
    own = Group.objects.of(getattr(user, "person", None)).and_below()
    return set(own.values_list("pk", flat=True))
