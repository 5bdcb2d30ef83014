from django.utils.translation import gettext_lazy as _

from portal.help import Page, register

register(
    Page(
        "linking",
        _("Linking the school's Enterprise Account"),
        "help/linking.html",
        lambda user: user.has_perm("wechat_admin.view_account"),
    )
)
