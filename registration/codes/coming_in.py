"""From the code somebody typed to their narrow session."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.access import narrow, tries
from portal.access.known_browsers import browser_of
from portal.addresses import Site, absolute
from portal.visitors import address_of

from ..models import PersonalCode
from . import actions

KIND = "personal code"
# Wrong ones within a quarter of an hour; a parents' evening shares one address.
OF_A_BROWSER, OF_AN_ADDRESS = 10, 100


class NotGood(Exception):
    """Its text is a sentence for whoever typed the code."""


@narrow.kind(KIND, own_page=("registration:step", 1))
def _stands(user, held):
    """The code while it is good and this is its newest session; what it began as is noted on it."""
    code = (
        PersonalCode.objects.good().with_use().filter(pk=held["code"], visit=held["visit"], person__user=user).first()
    )
    if code is not None:
        code.began_unused = held["unused"]
    return code


def find(request, code):
    """The row of a code that passed its check. Raises NotGood, and tries.TooMany where too many were wrong."""
    wrong = tries.begin(
        {
            tries.counter("code of a browser", browser_of(request) or address_of(request)): OF_A_BROWSER,
            tries.counter("code of an address", address_of(request)): OF_AN_ADDRESS,
        }
    )
    row = PersonalCode.objects.of_code(code).with_use().select_related("person").first()
    if row is None:
        raise NotGood(_("The school has no such code. Compare every character with the letter."))
    tries.strike_out(wrong)
    _check_is_good(row)
    _check_site(request, row.person)
    return row


def _check_is_good(row):
    if row.replaced_at is not None:
        raise NotGood(
            _("The school has written you a newer letter, and this code has ended with it. Use the newer one.")
        )
    if not PersonalCode.objects.living().filter(pk=row.pk).exists():
        until = date_format(row.good_until)
        raise NotGood(_("This code was good until %(day)s. Ask the office for a new letter.") % {"day": until})
    if not PersonalCode.objects.good().filter(pk=row.pk).exists():
        raise NotGood(
            _("This code opens nothing any more. If you have a password, sign in with it; if not, ask the office.")
        )


def _check_site(request, person):
    wrong = Site.FAMILIES if request.site == Site.STAFF and not person.works_here else None
    wrong = Site.STAFF if request.site == Site.FAMILIES and not person.is_family else wrong
    if wrong:
        address = absolute(wrong, request.path)
        raise NotGood(_("This code is for another address: %(address)s") % {"address": address})


def begin(request, row):
    user, visit = actions.come_in(code=row)
    narrow.begin(request, user, KIND, {"code": row.pk, "visit": visit, "unused": not row.used_up})


def may_choose_password(code, registration):
    """Only once registered: whoever follows the school in WeChat holds the number on record.

    A letter that has done its work gives none, whoever finds it; one handed over in place of a password does.
    """
    return (
        registration is not None
        and registration.is_registered
        and code.began_unused
        and (code.used_up or code.way == PersonalCode.Way.RESET)
    )
