import os
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_module, module_has_submodule

from portal.people.demo import is_demo_school
from portal.people.models import Person


@dataclass(frozen=True)
class Demo:
    """What the builders of the floors are told."""

    simulator: str  # its address, without a slash
    linked: bool  # whether the demo starts linked, with a third of the people registered


class Command(BaseCommand):
    help = "Fills an empty database with the invented school; `manage.py demo` calls it."

    def add_arguments(self, parser):
        parser.add_argument("--fresh", action="store_true")

    def handle(self, *, fresh, **options):
        if Person.objects.exists() and not is_demo_school():
            raise CommandError("This database holds people who are not the demo's. Point DATABASE_URL at an empty one.")
        if fresh and not settings.SMALL_DATABASE:
            call_command("flush", "--noinput", verbosity=0)
        demo = Demo(simulator=os.environ.get("DEMO_SIMULATOR", settings.WECOM_API_BASE), linked=not fresh)
        # Floor by floor, lowest first: INSTALLED_APPS stands in that order.
        for config in apps.get_app_configs():
            if module_has_submodule(config.module, "demo"):
                fill = getattr(import_module(f"{config.name}.demo"), "fill", None)
                if fill:
                    fill(demo)
