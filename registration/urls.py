from django.urls import path, re_path

from .cases import views as cases
from .codes import printing
from .codes import views as codes
from .invitations import views as invitations
from .overview import views as overview
from .removal import views as removal
from .steps import views as steps
from .years import views as years

app_name = "registration"

# "Step1." or "Step1，然后": a full stop, a comma, and whatever stands behind them.
BEHIND_IT = r"(?:[^0-9A-Za-z/].*)?"


def any_case(word):
    return "".join(f"[{letter.lower()}{letter.upper()}]" for letter in word)


urlpatterns = [
    path("WeChatRegistration/Code", codes.enter, name="code"),
    path("WeChatRegistration/ChoosePassword", codes.choose_password, name="choose-own-password"),
    path("WeChatRegistration/Step4", steps.registered, name="registered"),
    path("WeChatRegistration/Step<int:number>", steps.step, name="step"),
    path("WeChatRegistration/Step3/state", steps.state, name="state"),
    path("WeChatRegistration/qr.png", steps.qr_png, name="qr"),
    path("WeChatRegistration/Stop", steps.stop, name="stop"),
    path("WeChatRegistration/DailyLimit", steps.daily_limit, name="daily-limit"),
    path("WeChatRegistration/NothingCame", steps.nothing_came, name="nothing-came"),
    path("WeChatRegistration/Consent/<int:pk>", years.consent, name="consent"),
    # The guide prints the address; people type it as they like, and what makes links of texts takes along what follows.
    re_path(rf"^{any_case('wechatregistration')}/?{BEHIND_IT}$", steps.with_its_case, name="any-case"),
    re_path(
        rf"^{any_case('wechatregistration')}/{any_case('step')}(?P<number>[0-9]{{1,4}})/?{BEHIND_IT}$",
        steps.with_its_case,
        name="any-case-step",
    ),
    path("application-setup/invitations/", invitations.invitations, name="invitations"),
    path("application-setup/invitations/send/", invitations.send, name="send-invitations"),
    path("application-setup/invitations/to-me/", invitations.letters_to_me, name="letters-to-me"),
    path("application-setup/invitations/<int:pk>/", invitations.run, name="run"),
    path("application-setup/invitations/<int:pk>/stop/", invitations.stop_run, name="stop-run"),
    path("application-setup/invitations/note/", invitations.note_invited, name="note-invited"),
    path("application-setup/invitations/list/", invitations.invited, name="invited"),
    path("application-setup/invitations/hand-outs/", invitations.hand_outs, name="hand-outs"),
    path("application-setup/invitations/code.png", invitations.code, name="invitation-code"),
    path("application-setup/personal-codes/", printing.personal_codes, name="personal-codes"),
    path("application-setup/personal-codes/<int:pk>/print/", printing.print_one, name="print-letter"),
    path("application-setup/personal-codes/<int:pk>/in-place/", printing.in_place_of_password, name="code-in-place"),
    path("application-setup/personal-codes/print/", printing.print_letters, name="print-letters"),
    path("application-setup/registrations/", overview.registrations, name="registrations"),
    path("application-setup/registrations/people/", overview.people, name="people"),
    path("application-setup/registrations/export.csv", overview.export, name="export"),
    path("application-setup/registrations/remind/", overview.remind, name="remind"),
    path("application-setup/registrations/<int:pk>/link/", cases.link, name="link"),
    path("application-setup/registrations/<int:pk>/refuse/", cases.refuse, name="refuse"),
    path("application-setup/registrations/<int:pk>/end/", cases.end, name="end"),
    path("application-setup/registrations/<int:pk>/settle/", cases.settle, name="settle"),
    path("application-setup/registrations/<int:pk>/hand-over/", cases.hand_over, name="hand-over"),
    path("application-setup/members-to-remove/", removal.members_to_remove, name="members-to-remove"),
    path("application-setup/pupil-registration/", years.year_rules, name="years"),
]
