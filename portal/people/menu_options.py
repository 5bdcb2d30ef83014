from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(Option("people.view", "people", _("Directory"), _("Everybody the school knows"), url_name="people"))
