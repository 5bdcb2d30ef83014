import hashlib
import re
from itertools import count

from portal.people.models import Person

from .registration import Registration


def userid_for(person: Person) -> str:
    """A stable, readable userid: the school's reference behind "sp-", ≤ 64 bytes.

    A reference that cannot stand in a userid as it is, or that another person's differs from in case only, gets a
    digest behind it; so does one whose id WeCom has given to somebody else. The prefix keeps clear of the ids a company had before us.
    """
    readable = re.sub(r"[^0-9A-Za-z_.-]", "", person.reference)[:40]
    plain = f"sp-{readable}"
    lost = {
        userid.lower() for userid in person.registrations.exclude(lost_userid="").values_list("lost_userid", flat=True)
    }
    taken = Registration.objects.linked_to(plain).exclude(person=person).exists()
    if readable == person.reference and not taken and plain.lower() not in lost:
        return plain
    digests = (hashlib.sha256(f"{person.reference}{'#' * n}".encode()).hexdigest()[:8] for n in count())
    return next(userid for digest in digests if (userid := f"{plain}-{digest}").lower() not in lost)
