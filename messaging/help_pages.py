from django.utils.translation import gettext_lazy as _

from portal.help import Page, register

register(Page("messaging", _("Sending messages"), "help/messaging.html", lambda user: user.has_perm("messaging.write")))
