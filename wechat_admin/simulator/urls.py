from django.urls import path

from . import control, phones, views

urlpatterns = [
    path("cgi-bin/<path:call>", views.api),
    path("", phones.home, name="home"),
    path("qr.png", phones.qr_png),
    path("follow/<slug:code>", phones.follow_page),
    path("members/", phones.members, name="members"),
    path("phone/", phones.open_phone),
    path("phone/<str:number>/", phones.phone, name="phone"),
    path("scan", phones.scan, name="scan"),
    path("write", phones.write, name="write"),
    path("mail/", phones.mail, name="mail"),
    path("mail/<str:name>", phones.one_mail, name="one-mail"),
    path("style.css", phones.style),
    path("control/", control.page, name="control"),
    path("control/rule", control.rule, name="rule"),
    path("control/clear", control.clear, name="clear"),
    path("control/chaos", control.chaos),
    path("control/switch", control.switch, name="switch"),
    path("control/range", control.visible_range, name="range"),
    path("control/member-limit", control.member_limit),
    path("control/expire-tokens", control.expire_tokens, name="expire-tokens"),
    path("control/callback", control.set_callback, name="set-callback"),
    path("control/reset", control.reset, name="reset"),
    path("control/members", control.add_member, name="add-member"),
    path("control/members/<str:userid>/status", control.set_status, name="set-status"),
    path("control/departments", control.add_department, name="add-department"),
    path("control/departments/<int:number>/remove", control.remove_department, name="remove-department"),
    path("control/state.json", control.state),
    path("account.json", control.account_values),
]
