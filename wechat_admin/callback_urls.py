from django.urls import path

from . import callback_views

urlpatterns = [path("callback", callback_views.callback_from_wecom, name="wechat-callback")]
