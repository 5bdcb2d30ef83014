"""The words of a letter with a personal code."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def letter(name: str, address: str, until: date) -> str:
    return _(
        "Dear %(name)s,\n\nreceive the school's messages in Weixin / WeChat. Scan this code with WeChat, or open %(address)s "
        "and write your personal code there. You need neither a password nor an e-mail, only the Weixin or WeChat app and "
        "an account in it bound to the mobile number the school has of you.\n\nThe code is for you alone and is good until "
        "%(day)s. Whoever finds this letter cannot register with another number; give it back to the school."
    ) % {"name": name, "address": address, "day": date_format(until)}


def in_place_of_password(name: str, address: str, until: date) -> str:
    return _(
        "Dear %(name)s,\n\nyour old password has ended. Scan this code with your phone, or open %(address)s and write the code "
        "there; then press “Choose a password”.\n\nThe code is for you alone and is good until %(day)s."
    ) % {"name": name, "address": address, "day": date_format(until)}
