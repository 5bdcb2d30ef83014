from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self):
        # What a higher floor adds to a lower one's pages it registers in these modules of its own.
        autodiscover_modules(
            "menu_options",
            "panels",
            "help_pages",
            "school_settings",
            "readiness_checks",
            "letters",
            "sweeps",
            "receivers",
            "open_work",
        )
