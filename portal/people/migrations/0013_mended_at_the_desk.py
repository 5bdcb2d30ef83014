from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_columns_of_files"),
    ]

    operations = [
        migrations.AddField(
            "person",
            "mended",
            models.JSONField(blank=True, db_default=Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField("person", "file_differs", models.BooleanField(db_default=False, default=False)),
    ]
