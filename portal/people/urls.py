from django.urls import path

from . import views

urlpatterns = [
    path("my-details/", views.my_details, name="my-details"),
    path("people/", views.directory, name="people"),
    path("language/", views.set_language, name="language"),
]
