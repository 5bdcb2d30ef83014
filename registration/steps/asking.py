"""Every number given at Step 2 asks whether it is somebody else's: nobody asks about many in a row."""

from portal.access import tries
from portal.visitors import address_of

# In a quarter of an hour. A whole school may register behind one address, so only refused numbers count there.
OF_A_PERSON, REFUSED_OF_AN_ADDRESS = 10, 50


def begin(request, person):
    """Before a number is looked up: what to strike out where it was refused to nobody. Raises tries.TooMany."""
    refused = tries.begin({tries.counter("refused number of an address", address_of(request)): REFUSED_OF_AN_ADDRESS})
    try:
        tries.begin({tries.counter("number of a person", person.pk): OF_A_PERSON})
    except tries.TooMany:
        tries.strike_out(refused)
        raise
    return refused
