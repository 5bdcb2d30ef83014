"""The texts of an invitation, with the addresses filled in."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.addresses import Site, absolute

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
