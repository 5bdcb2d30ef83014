from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WechatAdminConfig(AppConfig):
    name = "wechat_admin"
    verbose_name = _("Weixin / WeChat Administration")
