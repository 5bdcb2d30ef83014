from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record

from .models import SchoolSetting
from .table import SETTINGS


@transaction.atomic
def change_settings(*, values, by):
    """`values` are {name: value}; an empty value goes back to the default."""
    before = dict(SchoolSetting.objects.values_list("name", "value"))
    for name in SETTINGS:
        if values[name] in (None, "", SETTINGS[name].default()):
            SchoolSetting.objects.filter(pk=name).delete()
        else:
            SchoolSetting.objects.update_or_create(name=name, defaults={"value": values[name]})
    after = dict(SchoolSetting.objects.values_list("name", "value"))
    changed = sorted(name for name in SETTINGS if before.get(name) != after.get(name))
    if changed:
        record(gettext_noop("changed the settings of the school"), by=by, changed=changed)
