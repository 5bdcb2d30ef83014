import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0015_members_to_remove'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='registration',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='registration',
            name='problem',
            field=models.CharField(blank=True, choices=[('unavailable', 'WeChat does not answer at the moment. We go on by ourselves.'), ('configuration', 'The school must put something right first. We go on by ourselves then.'), ('number taken', "This number already belongs to someone in the school's WeChat. Give another one of your own, or your e-mail address, or ask the office."), ('e-mail taken', "This e-mail address already belongs to someone in the school's WeChat. Give another one, or a mobile number of your own, or ask the office."), ('number on record', 'This number is on our record for somebody else. If you mistyped it, give your own. If it is yours, there is nothing to do: the office has been asked and decides.'), ('e-mail on record', 'This e-mail address is on our record for somebody else. If you mistyped it, give your own. If it is yours, there is nothing to do: the office has been asked and decides.'), ('bad number', 'WeChat does not accept this number. Check it.'), ('bad e-mail', 'WeChat does not accept this e-mail address. Check it.'), ('number refused', 'The school says that this number or e-mail address is not yours. Give another one, or ask the office.'), ('number kept', 'WeChat still knows you by your earlier number. The school has been told. We go on by ourselves then.'), ('full', "The school's WeChat account is full. The school has been told."), ('unreached', 'WeChat may not know you any more. We are asking it, and nothing is sent to you meanwhile.'), ('register again', 'WeChat no longer knows you by your number, so no messages reach you. Register again: give your number here.'), ('out of range', 'The school must let the messages reach you first. It has been told.'), ('cannot tell', 'WeChat does not say whether you follow the school. The school has been told.'), ('refused', 'WeChat refused to enter you. The school has been told.')], max_length=20),
        ),
    ]
