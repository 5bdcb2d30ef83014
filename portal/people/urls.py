from django.urls import path

from . import views
from .directory import views as directory
from .editing import views as editing
from .importing import views as importing
from .leaving import views as leaving
from .merging import views as merging
from .proposals import views as proposals

urlpatterns = [
    path("my-details/", views.my_details, name="my-details"),
    path("my-details/propose/", proposals.propose, name="propose"),
    path("my-details/proposals/<int:pk>/withdraw/", proposals.withdraw, name="withdraw-proposal"),
    path("people/proposals/", proposals.proposals, name="proposals"),
    path("people/proposals/<int:pk>/<slug:what>/", proposals.decide, name="decide-about-proposal"),
    path("people/", directory.directory, name="people"),
    path("people/new/", editing.add, name="add-person"),
    path("people/<int:pk>/change/", editing.change, name="change-person"),
    path("people/<int:pk>/", directory.person, name="person"),
    path("people/<int:pk>/leaving/", leaving.leave, name="leave"),
    path("people/<int:pk>/staying/<slug:role>/", leaving.stay, name="stay"),
    path("people/<int:pk>/departures/<int:departure_pk>/take-back/", leaving.take_back, name="take-back-departure"),
    path("people/import/", importing.imports, name="imports"),
    path("people/import/<int:pk>/", importing.show, name="import"),
    path("people/import/<int:pk>/progress/", importing.progress, name="import-progress"),
    path("people/import/<int:pk>/answer/", importing.answer, name="answer-import"),
    path("people/import/<int:pk>/let-in/", importing.let_in, name="let-in"),
    path("people/import/<int:pk>/rows/<int:row_pk>/stays/", importing.stays, name="import-stays"),
    path("people/import/<int:pk>/back/", importing.say_back, name="import-all-back"),
    path("people/import/<int:pk>/rows/<int:row_pk>/back/", importing.say_back, name="import-back"),
    path("people/import/<int:pk>/rows/<int:row_pk>/left/", importing.say_left, name="import-left"),
    path("people/import/<int:pk>/take-back/", importing.take_back, name="take-back-import"),
    path("people/import/<int:pk>/delete/", importing.forget, name="forget-import"),
    path("people/import/<int:pk>/problems.csv", importing.problems, name="import-problems"),
    path("people/<int:pk>/merging/", merging.merge, name="merge"),
    path("people/<int:pk>/merges/<int:merge_pk>/take-back/", merging.take_back, name="take-merge-back"),
    path("language/", views.set_language, name="language"),
]
