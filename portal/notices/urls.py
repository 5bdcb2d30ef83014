from django.urls import path

from . import views

urlpatterns = [
    path("", views.notices, name="notices"),
    path("choices/", views.choices, name="notice-choices"),
    path("<int:pk>/", views.notice, name="notice"),
]
