from django.contrib.auth.decorators import login_not_required
from django.urls import path, reverse_lazy

from portal.addresses import on_families_site

from . import views
from .password import ChoosePassword

sign_out = views.SignOut.as_view()
sign_out.allowed_while_impersonating = True
choose_password = ChoosePassword.as_view(success_url=reverse_lazy("sign-in"))

urlpatterns = [
    path("sign-in/", on_families_site(views.SignIn.as_view()), name="sign-in"),
    path("sign-out/", on_families_site(login_not_required(sign_out)), name="sign-out"),
    path("home/", views.home, name="home"),
    path("forgotten-password/", views.forgotten, name="forgotten"),
    path("forgotten-password/sent/", views.forgotten_sent, name="forgotten-sent"),
    path("choose-password/<uidb64>/<token>/", on_families_site(choose_password), name="choose-password"),
    path("accounts-profiles/accounts/", views.accounts, name="accounts"),
    path("accounts-profiles/accounts/<int:pk>/impersonate/", views.impersonate, name="impersonate"),
    path(
        "accounts-profiles/stop-impersonating/", on_families_site(views.stop_impersonating), name="stop-impersonating"
    ),
    path("accounts-profiles/profiles/", views.profiles, name="profiles"),
    path("accounts-profiles/profiles/<int:pk>/", views.profile, name="profile"),
    path("accounts-profiles/profiles/<int:pk>/holders/<int:user_pk>/add/", views.add_holder, name="add-holder"),
    path(
        "accounts-profiles/profiles/<int:pk>/holders/<int:user_pk>/remove/", views.remove_holder, name="remove-holder"
    ),
]
