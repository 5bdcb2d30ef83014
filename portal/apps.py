from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.module_loading import autodiscover_modules

from . import database

# What a higher floor adds to a lower one's pages it registers in these modules of its own.
REGISTERED_IN = (
    "menu_options",
    "panels",
    "people_filters",
    "group_uses",
    "bounds",
    "merging",
    "erasing",
    "help_pages",
    "school_settings",
    "readiness_checks",
    "letters",
    "sweeps",
    "keeping",
    "receivers",
    "open_work",
    "those",
    "notices",
    "trail",
    "numbers",
)


@checks.register
def somebody_takes_https(**kwargs):
    """Said whenever something of ours starts."""
    if not settings.SECURE or settings.SECURE_PROXY_SSL_HEADER:
        return []
    sentence = (
        "PORTAL_URL begins with https, and BEHIND_PROXY is not True: unless this server takes https itself, every page is "
        "sent from http to https again and again."
    )
    return [checks.Warning(sentence, id="portal.W001")]


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self):
        database.make_its_folder()
        autodiscover_modules(*REGISTERED_IN)
