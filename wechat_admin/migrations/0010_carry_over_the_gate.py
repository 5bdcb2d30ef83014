from django.db import migrations

# What each is called on the account, and on its gate.
NAMES = {
    "sending_paused": "paused",
    "hold_code": "hold_code",
    "hold_since": "hold_since",
    "probe_at": "probe_at",
    "wait_until": "wait_until",
    "waits": "waits",
}


def to_the_gate(apps, schema_editor):
    """A school that is held, paused or waiting stays so."""
    SendingGate = apps.get_model("wechat_admin", "SendingGate")
    for account in apps.get_model("wechat_admin", "EnterpriseAccount").objects.all():
        values = {new: getattr(account, old) for old, new in NAMES.items()}
        SendingGate.objects.update_or_create(account=account, defaults=values)


def to_the_account(apps, schema_editor):
    EnterpriseAccount = apps.get_model("wechat_admin", "EnterpriseAccount")
    for gate in apps.get_model("wechat_admin", "SendingGate").objects.all():
        values = {old: getattr(gate, new) for old, new in NAMES.items()}
        EnterpriseAccount.objects.filter(pk=gate.account_id).update(**values)


class Migration(migrations.Migration):

    dependencies = [
        ("wechat_admin", "0009_sending_gate"),
    ]

    operations = [migrations.RunPython(to_the_gate, to_the_account)]
