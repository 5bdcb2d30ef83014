from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction

from portal.crypto import EncryptedField, rotate_elsewhere


class Command(BaseCommand):
    help = "Encrypts every stored secret anew with the first key of PORTAL_KEYS; afterwards the other keys can go."

    def handle(self, **options):
        for model in apps.get_models():
            names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]
            if names:
                self._say(model._meta.verbose_name, *self._rotate(model, names))
        for found in rotate_elsewhere():
            self._say(*found)

    def _say(self, name, rows, lost):
        self.stdout.write(f"{name}: {rows} rows")
        if lost:
            self.stderr.write(f"{name}: {lost} values open with no key and stay as they were")

    @transaction.atomic
    def _rotate(self, model, names):
        rows = model._default_manager.select_for_update()
        for row in rows:
            row.save(update_fields=names)
        lost = sum(getattr(row, name).is_unreadable for row in rows for name in names)
        return len(rows), lost
