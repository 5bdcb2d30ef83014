from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction

from portal.crypto import EncryptedField


class Command(BaseCommand):
    help = "Encrypts every stored secret anew with the first key of PORTAL_KEYS; afterwards the other keys can go."

    def handle(self, **options):
        for model in apps.get_models():
            names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]
            if names:
                self.stdout.write(f"{model._meta.verbose_name}: {self._rotate(model, names)} rows")

    @transaction.atomic
    def _rotate(self, model, names):
        rows = model._default_manager.select_for_update()
        for row in rows:
            row.save(update_fields=names)
        return len(rows)
