"""In which language the main text of a message is."""

from django.db import migrations, models

from portal import languages


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0022_occasions"),
    ]

    operations = [
        migrations.AddField(
            "message",
            "main_language",
            models.CharField(blank=True, choices=languages.choices, db_default="", default="", max_length=8),
        ),
    ]
