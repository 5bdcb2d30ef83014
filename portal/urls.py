from django.urls import include, path

from . import help, views
from .health.views import readyz

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("", include("portal.access.urls")),
    path("", include("portal.people.urls")),
    path("audit/", include("portal.audit.urls")),
    path("application-setup/", include("portal.school.urls")),
    path("application-setup/", include("wechat_admin.urls")),
    path("wechat/", include("wechat_admin.callback.urls")),
    path("", include("registration.urls")),
    path("messaging/", include("messaging.urls")),
    path("help/", help.index, name="help"),
    path("help/<slug:slug>/", help.show, name="help-page"),
    path("theme/", views.set_theme, name="theme"),
    path("readyz", readyz, name="readyz"),
]
handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
