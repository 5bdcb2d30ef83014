from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "portal.access"
    verbose_name = _("Accounts & Profiles")

    def ready(self):
        post_migrate.connect(_keep_system_administrator, dispatch_uid="system administrator")


def _keep_system_administrator(sender, **kwargs):
    """A new version's new options belong to the System Administrator at once; permissions exist after the last app."""
    if sender is list(apps.get_app_configs())[-1]:
        apps.get_model("access", "Profile").objects.keep_system_administrator()
