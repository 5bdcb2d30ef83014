"""The index of an import's rows by the import alone: two others begin with it, and each more is written for every row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0024_pupils_who_end"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importrow",
            name="of",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="people.import"
            ),
        ),
    ]
