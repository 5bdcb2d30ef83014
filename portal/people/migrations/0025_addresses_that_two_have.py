from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0024_pupils_who_end"),
    ]

    operations = [
        migrations.RenameField("importrow", "shares_number", "shares"),
    ]
