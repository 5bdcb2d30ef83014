"""The texts of an invitation, with the addresses filled in."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.addresses import Site, absolute
from portal.school.table import value

NOT_VISIBLE = gettext_lazy("Registration is not visible, so the invited would find nothing. Make it visible first.")


def registration_address(site):
    return absolute(site, reverse("registration:step", args=[1]))


def staff_text():
    return _(
        "Receive the school's messages in Weixin / WeChat.\n\nGo to %(address)s and complete the registration screens.\n\n"
        "You need the Weixin or WeChat app and an account of your own in it."
    ) % {"address": registration_address(Site.STAFF)}


def family_text():
    return _(
        "Receive the school's messages in Weixin / WeChat.\n\nDo one of: go to %(address)s or sign in and press "
        "“Weixin / WeChat registration” on “My Details”.\n\nYou need the Weixin or WeChat app and an account of your own in it."
    ) % {"address": registration_address(Site.FAMILIES)}


# --- the letters: {whom: …} of what is written for the first time, and to whom was invited before ---

TEXTS = {"family": family_text, "staff": staff_text}


def invitation(whom, name):
    """(subject, body) in the language of the moment."""
    subject = _("%(school)s in Weixin / WeChat") % {"school": settings.SCHOOL_NAME}
    return subject, _body(name, TEXTS[whom]())


def reminder(whom, name):
    subject = _("Reminder: %(school)s in Weixin / WeChat") % {"school": settings.SCHOOL_NAME}
    reason = _("You have been invited to receive the school's messages in Weixin / WeChat and are not registered yet.")
    return subject, _body(name, f"{reason}\n\n{TEXTS[whom]()}")


def _body(name, text):
    dear = _("Dear %(name)s,") % {"name": name}
    return f"{dear}\n\n{text}\n\n{settings.SCHOOL_NAME}\n{value('office_contact')}\n"
