"""How often somebody may give a wrong password, each within a quarter of an hour."""

from django.http import HttpRequest

from portal.people.models import User
from portal.people.typed import key
from portal.visitors import address_of

from . import tries
from .known_browsers import known_browser
from .models import Try

OF_A_KNOWN_BROWSER = 10  # for the account it is known for: no stranger uses these up
OF_AN_ACCOUNT_AND_ADDRESS, OF_AN_ADDRESS, OF_AN_ACCOUNT = 10, 100, 50
FORGOTTEN_OF_AN_ADDRESS, FORGOTTEN_OF_AN_ACCOUNT = 50, 10
FACTOR_OF_A_BROWSER = 10


def whose(username: str) -> User | None:
    """The user somebody means by a name in whatever spelling, or None."""
    try:
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist:
        return None


def begin(request: HttpRequest, username: str) -> list[Try]:
    """Before the password is looked at: a guess to strike out where it was right. Raises tries.TooMany."""
    user = whose(username)
    account = user.pk if user else key(username)
    browser = known_browser(request, user)
    if browser:
        return tries.begin({tries.counter("known browser", account, browser): OF_A_KNOWN_BROWSER})
    address = address_of(request)
    return tries.begin(
        {
            tries.counter("account and address", account, address): OF_AN_ACCOUNT_AND_ADDRESS,
            tries.counter("address", address): OF_AN_ADDRESS,
            tries.counter("account", account): OF_AN_ACCOUNT,
        }
    )


def begin_forgotten(request: HttpRequest, email: str) -> None:
    """Before a letter is asked for: counted alike whether somebody has the address or not. Raises tries.TooMany.

    A stranger who uses an address's up takes nothing from its owner: there is one letter in a quarter of an hour.
    """
    tries.begin(
        {
            tries.counter("forgotten, address", address_of(request)): FORGOTTEN_OF_AN_ADDRESS,
            tries.counter("forgotten, account", key(email)): FORGOTTEN_OF_AN_ACCOUNT,
        }
    )


def begin_factor(request: HttpRequest, user: User) -> list[Try]:
    """Before a second factor is looked at: their known browsers count for themselves, all others together. A stranger
    needs their password to come here, and uses up nothing of theirs. Raises tries.TooMany."""
    browser = known_browser(request, user)
    return tries.begin({tries.counter("second factor", user.pk, browser): FACTOR_OF_A_BROWSER})
