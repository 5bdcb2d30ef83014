from django.urls import path

from .account import views as account
from .after_restore import views as after_restore
from .callback import views as callback
from .connection import views as connection

urlpatterns = [
    path("weixin-wechat/", account.administration, name="wechat-administration"),
    path("weixin-wechat-registration/", account.other_name, name="wechat-registration-administration"),
    path("weixin-wechat/qr.png", account.qr_preview, name="wechat-qr-preview"),
    path("weixin-wechat/qr-picture.jpg", account.qr_picture, name="wechat-qr-picture"),
    path("weixin-wechat/checks/", connection.checks, name="wechat-checks"),
    path("weixin-wechat/examine/", connection.check_connection, name="examine-connection"),
    path("weixin-wechat/test/", connection.send_test, name="send-test"),
    path("weixin-wechat/test/came/", connection.test_came, name="test-came"),
    path("weixin-wechat/address-book-hidden/", account.confirm_hidden_address_book, name="address-book-hidden"),
    path("weixin-wechat/qr-still-works/", account.qr_still_works, name="qr-still-works"),
    path("weixin-wechat/after-a-restore/", after_restore.after_restore, name="after-restore"),
    path("weixin-wechat/after-a-restore/release/", after_restore.release, name="release-after-restore"),
    path("weixin-wechat/callback/", callback.set_up_callback, name="set-up-callback"),
    path("weixin-wechat/pause/", account.pause_sending, name="pause-sending"),
    path("weixin-wechat/resume/", account.resume_sending, name="resume-sending"),
]
