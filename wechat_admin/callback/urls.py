from django.urls import path

from . import views

urlpatterns = [path("callback", views.callback_from_wecom, name="wechat-callback")]
