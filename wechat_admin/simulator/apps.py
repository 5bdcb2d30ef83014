from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "wechat_admin.simulator"
    label = "simulator"
