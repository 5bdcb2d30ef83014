import os
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import module_has_submodule

from portal.management.demo_data import refuse_what_is_not_the_demos


@dataclass(frozen=True)
class Demo:
    """What the builders of the floors are told."""

    simulator: str  # its address, without a slash
    linked: bool  # whether the demo starts linked, with a third of the people registered


class Command(BaseCommand):
    help = "Fills an empty database with the invented school; `manage.py demo` calls it."

    def add_arguments(self, parser):
        parser.add_argument("--fresh", action="store_true", help="nothing linked")

    def handle(self, *, fresh, **options):
        refuse_what_is_not_the_demos()
        demo = Demo(simulator=os.environ.get("DEMO_SIMULATOR", settings.WECOM_API_BASE), linked=not fresh)
        # Floor by floor, lowest first: INSTALLED_APPS stands in that order.
        for config in apps.get_app_configs():
            if module_has_submodule(config.module, "demo"):
                fill = getattr(import_module(f"{config.name}.demo"), "fill", None)
                if fill:
                    fill(demo)
