from django.urls import path

from . import views
from .audience import views as audience
from .checking import views as checking
from .material import views as material
from .report import views as report
from .sending import views as sending
from .writing import template_views as templates
from .writing import views as writing

app_name = "messaging"
urlpatterns = [
    path("", views.sent, name="sent"),
    path("drafts/", views.drafts, name="drafts"),
    path("scheduled/", views.scheduled, name="scheduled"),
    path("waiting/", views.waiting, name="waiting"),
    path("new/", writing.new, name="new"),
    path("reach/", audience.reach, name="reach"),
    path("<int:pk>/edit/", writing.edit, name="edit"),
    path("<int:pk>/delete/", writing.delete, name="delete"),
    path("<int:pk>/copy/", writing.copy, name="copy"),
    path("<int:pk>/check/", checking.check, name="check"),
    path("<int:pk>/not-reached.csv", checking.missed, name="missed"),
    path("<int:pk>/test/", checking.test_to_me, name="test"),
    path("<int:pk>/send/", checking.send, name="send"),
    path("<int:pk>/approve/", checking.approve, name="approve"),
    path("<int:pk>/release/", checking.release, name="release"),
    path("<int:pk>/send-back/", checking.send_back, name="send-back"),
    path("<int:pk>/", report.message, name="message"),
    path("<int:pk>/progress/", report.progress, name="progress"),
    path("<int:pk>/undo/", sending.take_back, name="undo"),
    path("<int:pk>/start-now/", sending.start_now, name="start-now"),
    path("<int:pk>/stop/", sending.stop, name="stop"),
    path("<int:pk>/resume/", sending.resume, name="resume"),
    path("<int:pk>/make-differ/", sending.make_differ, name="make-differ"),
    path("<int:pk>/again/", report.again_to_unknown, name="again"),
    path("<int:pk>/report.csv", report.export, name="export"),
    path("<int:pk>/articles/", material.articles, name="articles"),
    path("<int:pk>/articles/<int:number>/remove/", material.remove_article, name="remove-article"),
    path("picture/<str:token>.jpg", material.article_picture, name="article-picture"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.new_template, name="new-template"),
    path("templates/<int:pk>/", templates.edit_template, name="edit-template"),
    path("templates/<int:pk>/delete/", templates.delete_template, name="delete-template"),
    path("audiences/", audience.audiences, name="audiences"),
    path("audiences/<int:pk>/delete/", audience.delete_audience, name="delete-audience"),
]
