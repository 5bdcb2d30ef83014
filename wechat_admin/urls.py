from django.urls import path

from . import views

urlpatterns = [
    path("weixin-wechat/", views.administration, name="wechat-administration"),
    path("weixin-wechat-registration/", views.other_name, name="wechat-registration-administration"),
    path("weixin-wechat/qr.png", views.qr_preview, name="wechat-qr-preview"),
    path("weixin-wechat/qr-picture.jpg", views.qr_picture, name="wechat-qr-picture"),
    path("weixin-wechat/checks/", views.checks, name="wechat-checks"),
    path("weixin-wechat/examine/", views.examine, name="examine-connection"),
    path("weixin-wechat/test/", views.send_test, name="send-test"),
    path("weixin-wechat/test/came/", views.test_came, name="test-came"),
    path("weixin-wechat/address-book-hidden/", views.confirm_hidden_address_book, name="address-book-hidden"),
    path("weixin-wechat/qr-still-works/", views.qr_still_works, name="qr-still-works"),
    path("weixin-wechat/callback/", views.set_up_callback, name="set-up-callback"),
    path("weixin-wechat/pause/", views.pause_sending, name="pause-sending"),
    path("weixin-wechat/resume/", views.resume_sending, name="resume-sending"),
]
