from django.utils.translation import gettext_lazy as _

from portal.audit.words import acts, labels, vocabulary

from . import table

acts("setup", "changed the settings of the school")
labels(changed=_("changed"))


@vocabulary
def _settings():
    return {setting.name: setting.label for setting in table.settings()}
