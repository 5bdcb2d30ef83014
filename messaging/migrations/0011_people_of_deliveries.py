import django.db.models.deletion
from django.db import migrations, models

# The number is `PEOPLE_STAY` of sending/frozen.py. Who deletes waits for every list that is being frozen, and every
# list begun meanwhile waits for them and is worked out afterwards: one always sees the other.
REFUSE = """
CREATE FUNCTION messaging_people_with_deliveries_stay() RETURNS trigger AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1198482001);
    IF EXISTS (SELECT 1 FROM messaging_delivery WHERE person_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a person with deliveries is not deleted';
    END IF;
    RETURN OLD;
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER people_with_deliveries_stay BEFORE DELETE ON people_person
    FOR EACH ROW EXECUTE FUNCTION messaging_people_with_deliveries_stay();
"""
FORGET = """
DROP TRIGGER people_with_deliveries_stay ON people_person;
DROP FUNCTION messaging_people_with_deliveries_stay();
"""


def _on_postgresql(statements):
    """On SQLite a trigger would be lost with the next change of either table: there the models alone refuse."""

    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statements)

    return run


class Migration(migrations.Migration):
    dependencies = [("messaging", "0010_keys_of_deliveries"), ("people", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="people.person",
            ),
        ),
        migrations.RunPython(_on_postgresql(REFUSE), _on_postgresql(FORGET)),
    ]
