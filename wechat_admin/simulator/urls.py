from django.urls import path

from . import console, control, phones, views

urlpatterns = [
    path("cgi-bin/<path:call>", views.api),
    path("account.json", control.account_values),
    # --- telephones ---
    path("", phones.home, name="home"),
    path("qr.png", phones.qr_png),
    path("follow/<slug:code>", phones.follow_page),
    path("members/", phones.members, name="members"),
    path("phone/", phones.open_phone),
    path("phone/<str:number>/", phones.phone, name="phone"),
    path("scan", phones.scan, name="scan"),
    path("write", phones.write, name="write"),
    path("media/<str:media_id>", phones.media, name="media"),
    path("mail/", phones.mail, name="mail"),
    path("mail/<str:name>", phones.one_mail, name="one-mail"),
    path("style.css", phones.style),
    # --- what calls meet ---
    path("control/", control.page, name="control"),
    path("control/state.json", control.state),
    path("control/reset", control.reset, name="reset"),
    path("control/rule", control.rule, name="rule"),
    path("control/clear", control.clear, name="clear"),
    path("control/chaos", control.chaos),
    path("control/switch", control.switch, name="switch"),
    path("control/limit", control.limit, name="limit"),
    path("control/no-limits", control.no_limits),
    path("control/block", control.block),
    path("control/member-limit", control.member_limit),
    path("control/later", control.later, name="later"),
    path("control/speed", control.speed),
    path("control/kill-tokens", control.kill_tokens, name="kill-tokens"),
    path("control/expire-tokens", control.expire_tokens, name="expire-tokens"),
    path("control/expire-media", control.expire_media, name="expire-media"),
    path("control/callback", control.set_callback, name="set-callback"),
    # --- what is done in WeCom's own console ---
    path("control/range", console.visible_range, name="range"),
    path("control/tags/<int:tag>", console.tag_members),
    path("control/members", console.add_member, name="add-member"),
    path("control/members/<str:userid>/status", console.set_status, name="set-status"),
    path("control/members/<str:userid>/change", console.change_member),
    path("control/members/<str:userid>/delete", console.delete_member, name="delete-member"),
    path("control/members/<str:userid>/<slug:deed>", console.do_to_member),
    path("control/departments", console.add_department, name="add-department"),
    path("control/departments/<int:number>/remove", console.remove_department, name="remove-department"),
]
