"""Each role ends by itself. Whoever had a leaving date leaves with every role on record.

The date was always asked for as the last day, and counted a day too early: who leaves today is here until tonight.
"""

from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

LAST_DAYS = {
    "is_staff_member": "staff_last_day",
    "is_contact": "contact_last_day",
    "is_pupil": "pupil_last_day",
}


def end_every_role(apps, schema_editor):
    people = apps.get_model("people", "Person").objects.exclude(leaving_on=None)
    for flag, last_day in LAST_DAYS.items():
        people.filter(**{flag: True}).update(**{last_day: F("leaving_on")})


def end_the_person(apps, schema_editor):
    """Backwards: the latest of the days, where every role has one."""
    has_no_end = Q()
    long_ago = Value("0001-01-01", output_field=models.DateField())
    days = []
    for flag, last_day in LAST_DAYS.items():
        has_no_end |= Q(**{flag: True, last_day: None})
        days.append(Case(When(**{flag: True, f"{last_day}__isnull": False}, then=F(last_day)), default=long_ago))
    people = apps.get_model("people", "Person").objects.exclude(has_no_end)
    people.update(leaving_on=Greatest(*days))


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_birth_year"),
    ]

    operations = [
        *(
            migrations.AddField("person", name, models.DateField(blank=True, null=True, verbose_name=words))
            for name, words in [
                ("staff_last_day", "last day as staff"),
                ("contact_last_day", "last day as a contact"),
                ("pupil_last_day", "last day as a pupil"),
            ]
        ),
        migrations.RunPython(end_every_role, end_the_person),
        migrations.RemoveField("person", "leaving_on"),
    ]
