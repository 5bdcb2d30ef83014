from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(Option("audit.view", "accounts", _("Audit trail"), _("Who did what, and when"), url_name="audit"))
