from django.urls import path

from . import views

urlpatterns = [
    path("school/", views.settings_of_the_school, name="school-settings"),
    path("school/kept/", views.kept, name="kept"),
]
