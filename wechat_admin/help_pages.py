from django.utils.translation import gettext_lazy as _

from portal.help import guides, pages
from portal.help.pages import Page, holders_of

_SEES_THE_ACCOUNT = holders_of("wechat_admin.view_account")

pages.register(
    Page("before-you-begin", _("Before you begin"), _SEES_THE_ACCOUNT),
    Page(
        "linking",
        _("Linking the school's Enterprise Account"),
        _SEES_THE_ACCOUNT,
        ("wechat-administration", "wechat-registration-administration"),
    ),
    Page("backups", _("When a backup was put back"), _SEES_THE_ACCOUNT, ("after-restore",)),
)
guides.register(
    guides.Guide(
        "administrator",
        _("Administrator guide"),
        (
            *("before-you-begin", "linking", "school-settings", "profiles", "importing", "people", "changing-people"),
            *("sign-ins", "accounts", "viewing-as", "inviting", "personal-codes", "registrations"),
            *("pupils-registration", "members-to-remove", "dashboard", "notices", "audit-trail", "one-person"),
            *("attempts", "backups"),
        ),
    )
)
