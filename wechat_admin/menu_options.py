from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(
    Option(
        "wechat_admin.view_account",
        "setup",
        _("Weixin / WeChat Administration"),
        _("Registration, QR code, secrets, what waits after a restore, the calls of every message"),
        url_name="wechat-administration",
    ),
    Option(
        "wechat_admin.change_account",
        "setup",
        _("Weixin / WeChat Administration: change"),
        _("Save secrets and the QR code, pause sending"),
    ),
    Option(
        "wechat_admin.switch_registration",
        "setup",
        _("Weixin / WeChat Administration: make registration visible"),
        _("Open and close registration"),
    ),
)
