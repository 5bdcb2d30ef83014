from django.urls import path

from . import views
from .audience import views as audience
from .checking import pupils
from .checking import views as checking
from .material import views as material
from .report import asking, attempts, of_person, sharing
from .report import one_view as one
from .report import views as report
from .sending import views as sending
from .writing import preview
from .writing import template_views as templates
from .writing import views as writing

app_name = "messaging"
urlpatterns = [
    path("", views.sent, name="sent"),
    path("sent.csv", views.sent_csv, name="sent-csv"),
    path("drafts/", views.drafts, name="drafts"),
    path("scheduled/", views.scheduled, name="scheduled"),
    path("waiting/", views.waiting, name="waiting"),
    path("new/", writing.new, name="new"),
    path("reach/", audience.reach, name="reach"),
    path("preview/", preview.preview, name="preview"),
    path("<int:pk>/edit/", writing.edit, name="edit"),
    path("<int:pk>/delete/", writing.delete, name="delete"),
    path("<int:pk>/change/", writing.change, name="change"),
    path("<int:pk>/undelete/", writing.undelete, name="undelete"),
    path("<int:pk>/copy/", writing.copy, name="copy"),
    path("<int:pk>/check/", checking.check, name="check"),
    path("<int:pk>/not-reached.csv", checking.missed, name="missed"),
    path("<int:pk>/pupils/", pupils.pupils, name="pupils"),
    path("<int:pk>/pupils.csv", pupils.pupils_csv, name="pupils-csv"),
    path("<int:pk>/test/", checking.test_to_me, name="test"),
    path("<int:pk>/send/", checking.send, name="send"),
    path("<int:pk>/approve/", checking.approve, name="approve"),
    path("<int:pk>/release/", checking.release, name="release"),
    path("<int:pk>/send-back/", checking.send_back, name="send-back"),
    path("<int:pk>/", report.message, name="message"),
    path("<int:message_pk>/people/<int:pk>/", one.one, name="one"),
    path("to/<int:pk>/", of_person.to_person, name="to-person"),
    path("to/<int:pk>/sent.csv", of_person.to_person_csv, name="to-person-csv"),
    path("mine/", of_person.mine, name="mine"),
    path("mine/<int:pk>/", of_person.my_message, name="my-message"),
    path("mine/<int:pk>/file/", of_person.my_file, name="my-file"),
    path("mine/<int:pk>/file/<int:number>/", of_person.my_following_file, name="my-following-file"),
    path("<int:pk>/file/", one.file, name="file"),
    path("<int:pk>/file/<int:number>/", one.following_file, name="following-file"),
    path("<int:pk>/progress/", report.progress, name="progress"),
    path("<int:pk>/undo/", sending.take_back, name="undo"),
    path("<int:pk>/move/", sending.move, name="move"),
    path("<int:pk>/start-now/", sending.start_now, name="start-now"),
    path("<int:pk>/stop/", sending.stop, name="stop"),
    path("<int:pk>/recall/", sending.recall, name="recall"),
    path("<int:pk>/resume/", sending.resume, name="resume"),
    path("<int:pk>/make-differ/", sending.make_differ, name="make-differ"),
    path("<int:pk>/share/", sharing.share_report, name="share"),
    path("<int:pk>/share/<int:user_pk>/end/", sharing.end_share, name="end-share"),
    path("<int:pk>/ask/<str:about>/", asking.ask, name="ask"),
    path("<int:pk>/attempts/", attempts.attempts, name="attempts"),
    path("<int:pk>/attempts.csv", attempts.attempts_csv, name="attempts-csv"),
    path("<int:pk>/correct/", report.correction, name="correct"),
    path("<int:pk>/again/", report.again, name="again"),
    path("<int:pk>/again/<str:state>/", report.again, name="again-to"),
    path("<int:pk>/missing/<int:number>/", report.send_missing, name="send-missing"),
    path("<int:pk>/report.csv", report.export, name="export"),
    path("<int:pk>/articles/", material.articles, name="articles"),
    path("<int:pk>/articles/<int:number>/remove/", material.remove_article, name="remove-article"),
    path("picture/<str:token>.jpg", material.article_picture, name="article-picture"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.new_template, name="new-template"),
    path("templates/starters/", templates.starters, name="starters"),
    path("templates/<int:pk>/", templates.edit_template, name="edit-template"),
    path("templates/<int:pk>/delete/", templates.delete_template, name="delete-template"),
    path("templates/<int:pk>/undelete/", templates.undelete_template, name="undelete-template"),
    path("audiences/", audience.audiences, name="audiences"),
    path("audiences/<int:pk>/delete/", audience.delete_audience, name="delete-audience"),
    path("audiences/<int:pk>/undelete/", audience.undelete_audience, name="undelete-audience"),
]
