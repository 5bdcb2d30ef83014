from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0020_places_of_groups"),
    ]

    operations = [
        migrations.AddField(
            "import",
            "new_groups",
            models.JSONField(default=list, db_default=Value([], models.JSONField())),
        ),
    ]
