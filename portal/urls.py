from django.urls import include, path

from wechat_admin.ownership import ownership_file

from . import views
from .health.views import metrics, readyz
from .help import views as help

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("", include("portal.access.urls")),
    path("", include("portal.people.urls")),
    path("notices/", include("portal.notices.urls")),
    path("audit/", include("portal.audit.urls")),
    path("application-setup/", include("portal.school.urls")),
    path("application-setup/", include("wechat_admin.urls")),
    path("wechat/", include("wechat_admin.callback.urls")),
    path("", include("registration.urls")),
    path("messaging/", include("messaging.urls")),
    path("WW_verify_<str:code>.txt", ownership_file, name="ownership-file"),
    path("help/", help.index, name="help"),
    path("help/guides/<slug:slug>/", help.guide, name="help-guide"),
    path("help/<slug:slug>/", help.show, name="help-page"),
    path("theme/", views.set_theme, name="theme"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
