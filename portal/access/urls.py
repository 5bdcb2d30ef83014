from django.contrib.auth.decorators import login_not_required
from django.urls import path, reverse_lazy

from portal.addresses import on_families_site
from portal.marks import marked

from . import account_views, address_views, letter_views, profile_views, views
from .factors import proof, second_step
from .factors import views as factors
from .factors.needed import opens_without_factor
from .narrow import allowed
from .one_person import views as one_person
from .password import ChoosePassword

sign_out = marked(views.SignOut.as_view(), "allowed_while_impersonating")
choose_password = ChoosePassword.as_view(success_url=reverse_lazy("sign-in"))

urlpatterns = [
    path("sign-in/", on_families_site(allowed(views.SignIn.as_view())), name="sign-in"),
    path("sign-in/second-factor/", second_step.second_step, name="second-step"),
    path("sign-out/", on_families_site(allowed(login_not_required(sign_out))), name="sign-out"),
    path("prove/", proof.prove, name="prove"),
    path("home/", views.home, name="home"),
    path("forgotten-password/", views.forgotten, name="forgotten"),
    path("forgotten-password/sent/", views.forgotten_sent, name="forgotten-sent"),
    path("choose-password/<uidb64>/<token>/", on_families_site(allowed(choose_password)), name="choose-password"),
    path("my-details/address/", on_families_site(address_views.take_own), name="take-own-address"),
    path("accounts-profiles/accounts/<int:pk>/address/", address_views.take_of, name="take-address-of"),
    path("people/<int:pk>/held/", one_person.held, name="held"),
    path("people/<int:pk>/held.json", one_person.download, name="download-held"),
    path("people/<int:pk>/erase/", one_person.erase, name="erase"),
    path("my-details/second-factor/", factors.factors, name="factors"),
    path("my-details/second-factor/app/", factors.add_app, name="add-app"),
    path("my-details/second-factor/passkey/", factors.add_passkey, name="add-passkey"),
    path("my-details/second-factor/codes/", factors.recovery_codes, name="recovery-codes"),
    path("my-details/second-factor/codes/new/", factors.renew_codes, name="renew-recovery-codes"),
    path("my-details/second-factor/<int:pk>/remove/", factors.remove_factor, name="remove-factor"),
    path("accounts-profiles/users/<int:pk>/remove-factors/", factors.remove_factors_of, name="remove-factors-of"),
    path("accounts-profiles/accounts/", views.accounts, name="accounts"),
    path("accounts-profiles/letters/", letter_views.letters, name="letters"),
    path("accounts-profiles/letters/again/", letter_views.welcome_again, name="welcome-again"),
    path("accounts-profiles/accounts/make/", account_views.sign_ins, name="sign-ins"),
    path("accounts-profiles/accounts/<int:pk>/", account_views.account, name="account"),
    path("accounts-profiles/accounts/<int:pk>/make/", account_views.make, name="make-sign-in"),
    path("accounts-profiles/accounts/<int:pk>/impersonate/", views.impersonate, name="impersonate"),
    path("accounts-profiles/users/<int:pk>/", account_views.account_of_nobody, name="account-of-nobody"),
    path("accounts-profiles/users/<int:pk>/<slug:what>/", account_views.decide, name="decide-about-account"),
    path(
        "accounts-profiles/users/<int:pk>/sessions/<int:session_pk>/end/",
        account_views.end_session,
        name="end-session",
    ),
    path("my-details/sessions/<int:pk>/end/", account_views.end_own_session, name="end-own-session"),
    path("my-details/sign-out-elsewhere/", account_views.sign_out_elsewhere, name="sign-out-elsewhere"),
    path("my-details/sign-out-everywhere/", account_views.sign_out_everywhere, name="sign-out-everywhere"),
    path(
        "accounts-profiles/stop-impersonating/",
        on_families_site(opens_without_factor(views.stop_impersonating)),
        name="stop-impersonating",
    ),
    path("accounts-profiles/profiles/", views.profiles, name="profiles"),
    path("accounts-profiles/profiles/<int:pk>/", views.profile, name="profile"),
    path("accounts-profiles/profiles/<int:pk>/second-factor/", profile_views.ask_for_factor, name="ask-for-factor"),
    path("accounts-profiles/profiles/<int:pk>/copy/", profile_views.copy, name="copy-profile"),
    path("accounts-profiles/profiles/<int:pk>/rename/", profile_views.rename, name="rename-profile"),
    path("accounts-profiles/profiles/<int:pk>/delete/", profile_views.delete, name="delete-profile"),
    path("accounts-profiles/profiles/<int:pk>/holders/<int:user_pk>/add/", views.add_holder, name="add-holder"),
    path(
        "accounts-profiles/profiles/<int:pk>/holders/<int:user_pk>/remove/", views.remove_holder, name="remove-holder"
    ),
]
