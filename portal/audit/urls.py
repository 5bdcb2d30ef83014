from django.urls import path

from . import views

urlpatterns = [path("", views.trail, name="audit"), path("audit.csv", views.trail_csv, name="audit-csv")]
