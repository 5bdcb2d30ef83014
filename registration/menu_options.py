from django.utils.translation import gettext_lazy as _

from portal.menu import Option, register

register(
    Option(
        "registration.view",
        "setup",
        _("Registrations"),
        _("Who registered, and who needs help"),
        url_name="registration:registrations",
    ),
    Option(
        "registration.decide",
        "setup",
        _("Disputed numbers"),
        _("Whom a number that two people gave belongs to; needs “Registrations”"),
    ),
    Option(
        "registration.set_years",
        "setup",
        _("Pupils' registration"),
        _("Which years, and whether a guardian must agree"),
        url_name="registration:years",
    ),
    Option(
        "registration.invite",
        "setup",
        _("Invitations"),
        _("Ask people to register"),
        url_name="registration:invitations",
    ),
    Option(
        "registration.print_codes",
        "setup",
        _("Personal codes"),
        _("Letters for those without a password or e-mail"),
        url_name="registration:personal-codes",
    ),
    Option(
        "registration.remove_members",
        "setup",
        _("Members to remove"),
        _("Members of people who have left or stopped, deleted at WeCom"),
        url_name="registration:members-to-remove",
    ),
)
