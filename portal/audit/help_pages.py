from django.utils.translation import gettext_lazy as _

from portal.help.pages import Page, holders_of, register

register(Page("audit-trail", _("Who did what"), holders_of("audit.view"), ("audit",)))
