from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision

from . import table
from .models import SchoolSetting

SUBJECT = "settings of the school"


@transaction.atomic
def change_settings(*, values, seen, by):
    """`values` are {name: value}; an empty value goes back to the default. Raises SavedMeanwhile."""
    next_revision(SUBJECT, seen=seen, by=by)
    before = table.read()
    for setting in table.settings():
        if values[setting.name] in (None, "", setting.default()):
            SchoolSetting.objects.filter(pk=setting.name).delete()
        else:
            SchoolSetting.objects.update_or_create(name=setting.name, defaults={"value": values[setting.name]})
    after = table.read()
    changed = [setting for setting in table.settings() if before.get(setting.name) != after.get(setting.name)]
    if changed:
        record(
            gettext_noop("changed the settings of the school"),
            by=by,
            changed=sorted(setting.name for setting in changed),
            before={setting.name: _short(setting, before) for setting in changed},
            after={setting.name: _short(setting, after) for setting in changed},
        )


def _short(setting, stored):
    """What held, as the trail keeps it: a text of several lines by its beginning."""
    value = stored.get(setting.name, setting.default())
    return value if isinstance(value, (bool, int)) else str(value)[:200]
