from django.urls import path, re_path

from . import invitation_views, school_views, views

app_name = "registration"


def any_case(word):
    return "".join(f"[{letter.lower()}{letter.upper()}]" for letter in word)


urlpatterns = [
    path("WeChatRegistration/Step<int:number>", views.step, name="step"),
    path("WeChatRegistration/Step3/state", views.state, name="state"),
    path("WeChatRegistration/qr.png", views.qr_png, name="qr"),
    path("WeChatRegistration/Stop", views.stop, name="stop"),
    path("WeChatRegistration/DailyLimit", views.daily_limit, name="daily-limit"),
    path("WeChatRegistration/Consent/<int:pk>", views.consent, name="consent"),
    # The guide prints the address; people type it as they like.
    re_path(rf"^{any_case('wechatregistration')}/?$", views.with_its_case, name="any-case"),
    re_path(
        rf"^{any_case('wechatregistration')}/{any_case('step')}(?P<number>[0-9]{{1,4}})/?$",
        views.with_its_case,
        name="any-case-step",
    ),
    path("application-setup/invitations/", invitation_views.invitations, name="invitations"),
    path("application-setup/invitations/send/", invitation_views.send, name="send-invitations"),
    path("application-setup/invitations/note/", invitation_views.note_invited, name="note-invited"),
    path("application-setup/invitations/list/", invitation_views.invited, name="invited"),
    path("application-setup/invitations/hand-outs/", invitation_views.hand_outs, name="hand-outs"),
    path("application-setup/invitations/code.png", invitation_views.code, name="invitation-code"),
    path("application-setup/registrations/", school_views.registrations, name="registrations"),
    path("application-setup/registrations/people/", school_views.people, name="people"),
    path("application-setup/registrations/export.csv", school_views.export, name="export"),
    path("application-setup/registrations/remind/", school_views.remind, name="remind"),
    path("application-setup/registrations/<int:pk>/link/", school_views.link, name="link"),
    path("application-setup/registrations/<int:pk>/refuse/", school_views.refuse, name="refuse"),
    path("application-setup/pupil-registration/", school_views.year_rules, name="years"),
]
