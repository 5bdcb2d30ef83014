"""Whose days as a pupil end: the few by whom a contact may be one no more are found without reading everybody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0023_numbers_and_addresses_that_two_have"),
    ]

    operations = [
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["pupil_last_day"],
                condition=models.Q(is_pupil=True, pupil_last_day__isnull=False),
                name="pupils_who_end",
            ),
        ),
    ]
