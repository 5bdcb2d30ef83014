from django.urls import path

from . import views

app_name = "messaging"
urlpatterns = [
    path("", views.sent, name="sent"),
    path("drafts/", views.drafts, name="drafts"),
    path("new/", views.new, name="new"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/send/", views.send, name="send"),
    path("<int:pk>/", views.message, name="message"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/resume/", views.resume, name="resume"),
    path("<int:pk>/make-differ/", views.make_differ, name="make-differ"),
    path("<int:pk>/again/", views.again_to_unknown, name="again"),
]
