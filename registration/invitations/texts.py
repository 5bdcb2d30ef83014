"""The texts of an invitation, with the addresses filled in."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.addresses import Site, absolute
from portal.school.identity import office_contact, school_name

from ..codes.characters import in_groups
from ..models.codes import GOOD_FOR

NOT_VISIBLE = gettext_lazy("Registration is not visible, so the invited would find nothing. Make it visible first.")


def registration_address(site: Site) -> str:
    return absolute(site, reverse("registration:step", args=[1]))


def staff_text() -> str:
    return _(
        "Receive the school's messages in Weixin / WeChat.\n\nGo to %(address)s and complete the registration screens.\n\n"
        "You need the Weixin or WeChat app and an account of your own in it."
    ) % {"address": registration_address(Site.STAFF)}


def family_text() -> str:
    return _(
        "Receive the school's messages in Weixin / WeChat.\n\nDo one of: go to %(address)s or sign in and press "
        "“Weixin / WeChat registration” on “My Details”.\n\nYou need the Weixin or WeChat app and an account of your own in it."
    ) % {"address": registration_address(Site.FAMILIES)}


# --- the letters: {whom: …} of what is written for the first time, and to whom was invited before ---

TEXTS = {"family": family_text, "staff": staff_text}


def way_in(whom: str, code: str) -> str:
    """For whoever has no password: behind the address the code is in its field already, and one press begins."""
    site = Site.STAFF if whom == "staff" else Site.FAMILIES
    address = absolute(site, reverse("registration:code"))
    return _(
        "You need no password. Open this address and press the button; it is for you alone:\n%(address)s\n"
        "Should the page ask for your personal code, it is %(spelt)s. It is good for %(days)s days."
    ) % {"address": f"{address}#{code}", "spelt": in_groups(code), "days": GOOD_FOR.days}


def invitation(whom: str, name: str, code: str = "") -> tuple[str, str]:
    """(subject, body) in the language of the moment."""
    subject = _("%(school)s in Weixin / WeChat") % {"school": school_name()}
    return subject, _body(name, TEXTS[whom](), code and way_in(whom, code))


def reminder(whom: str, name: str, code: str = "") -> tuple[str, str]:
    subject = _("Reminder: %(school)s in Weixin / WeChat") % {"school": school_name()}
    reason = _("You have been invited to receive the school's messages in Weixin / WeChat and are not registered yet.")
    return subject, _body(name, reason, TEXTS[whom](), code and way_in(whom, code))


def _body(name: str, *parts: str) -> str:
    dear = _("Dear %(name)s,") % {"name": name}
    text = "\n\n".join(filter(None, parts))
    return f"{dear}\n\n{text}\n\n{school_name()}\n{office_contact()}\n"
