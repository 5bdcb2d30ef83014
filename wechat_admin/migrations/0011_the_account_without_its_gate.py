from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("wechat_admin", "0010_carry_over_the_gate"),
    ]

    operations = [
        migrations.RemoveField(
            model_name='enterpriseaccount',
            name='hold_code',
        ),
        migrations.RemoveField(
            model_name='enterpriseaccount',
            name='hold_since',
        ),
        migrations.RemoveField(
            model_name='enterpriseaccount',
            name='probe_at',
        ),
        migrations.RemoveField(
            model_name='enterpriseaccount',
            name='sending_paused',
        ),
        migrations.RemoveField(
            model_name='enterpriseaccount',
            name='wait_until',
        ),
        migrations.RemoveField(
            model_name='enterpriseaccount',
            name='waits',
        ),
    ]
