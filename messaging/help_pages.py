from django.utils.translation import gettext_lazy as _

from portal.help import guides, pages
from portal.help.pages import Page, holders_of


def _is_family(user):
    person = getattr(user, "person", None)
    return person is not None and person.is_family


_WRITES = holders_of("messaging.write")
_WRITES_OR_RELEASES = holders_of("messaging.write", "messaging.approve")

pages.register(
    Page(
        "messaging",
        _("Sending messages"),
        _WRITES_OR_RELEASES,
        (
            *("messaging:sent", "messaging:drafts", "messaging:scheduled", "messaging:new", "messaging:edit"),
            "messaging:articles",
        ),
    ),
    Page("checking", _("Checking before sending"), _WRITES, ("messaging:check",)),
    Page("releasing", _("Releasing a message"), _WRITES_OR_RELEASES, ("messaging:waiting", "messaging:approve")),
    Page(
        "reports",
        _("Who got a message"),
        _WRITES_OR_RELEASES,
        (
            *("messaging:message", "messaging:one", "messaging:to-person", "messaging:pupils", "messaging:stop"),
            *("messaging:recall", "messaging:move"),
        ),
    ),
    Page(
        "keeping",
        _("Templates and saved audiences"),
        _WRITES,
        ("messaging:templates", "messaging:new-template", "messaging:edit-template", "messaging:audiences"),
    ),
    Page(
        "attempts",
        _("The calls to WeCom of a message"),
        holders_of("wechat_admin.view_account"),
        ("messaging:attempts",),
    ),
    Page("school-messages", _("Messages from the school"), _is_family, ("messaging:mine", "messaging:my-message")),
)
guides.register(
    guides.Guide(
        "messaging",
        _("Messaging guide"),
        ("messaging", "checking", "releasing", "reports", "keeping"),
    )
)
