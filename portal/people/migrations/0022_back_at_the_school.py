from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0021_groups_an_import_made"),
    ]

    operations = [
        migrations.AlterField(
            "importrow",
            "verdict",
            models.CharField(
                max_length=8,
                choices=[
                    ("bad", "with a problem"),
                    ("waits", "waiting for another row"),
                    ("new", "new"),
                    ("back", "back at the school"),
                    ("moved", "moved"),
                    ("conflict", "against the office"),
                    ("changed", "changed"),
                    ("leaving", "leaving"),
                    ("same", "unchanged"),
                ],
            ),
        ),
    ]
