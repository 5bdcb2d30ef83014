from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0008_indexes_of_batches'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='problem',
            field=models.CharField(choices=[('not_registered', 'never registered'), ('not_followed', 'not yet scanned the code'), ('stopped', 'stopped receiving messages'), ('no_tester', 'not a tester: the school still tries out'), ('left', 'left the school'), ('may_not_receive', 'may not receive messages'), ('out_of_range', "outside the application's visible range"), ('in_doubt', 'WeCom did not reach the person lately; the portal is asking about them'), ('register_again', 'must register again: WeCom no longer knows them by their number'), ('too_long', 'the text gets too long for them'), ('unreachable', 'WeCom could not reach the person'), ('unlicensed', 'WeCom has no licence for the person')], max_length=20, null=True),
        ),
    ]
