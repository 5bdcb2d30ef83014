from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registration", "0009_invitations_leave_as_letters")]

    operations = [
        migrations.RemoveIndex("invitation", "invitations_to_send"),
        migrations.RemoveField("invitation", "state"),
        migrations.RemoveField("invitation", "begun_at"),
    ]
