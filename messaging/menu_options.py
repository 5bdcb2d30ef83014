from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(
    Option("messaging.write", "messaging", _("Messaging"), _("Write and send messages"), url_name="messaging:sent"),
    Option(
        "messaging.own_groups",
        "messaging",
        _("Messaging: own groups only"),
        _("Limits Messaging in this profile to groups the holder belongs to"),
        limits="messaging.write",
    ),
    Option(
        "messaging.approve",
        "messaging",
        _("Messaging: release"),
        _("Release other people's messages"),
        url_name="messaging:waiting",
        line=_("Waiting for release"),
    ),
    Option(
        "messaging.report",
        "messaging",
        _("Reports of all messages"),
        _(
            "See other senders' messages and work on their drafts; stop, change, move, recall, take back or share what they "
            "sent, or send it in one's own name"
        ),
    ),
)
