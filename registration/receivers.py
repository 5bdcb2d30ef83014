from datetime import timedelta

from django.db.models.functions import Now
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.doorbell import ring
from portal.people.signals import number_corrected
from wechat_admin.account.changes import ANOTHER_APPLICATION, ANOTHER_COMPANY, HIDING, account_changed, concerns
from wechat_admin.callback.receiving import CAME, DELETED, GONE, member_changed
from wechat_admin.models import EnterpriseAccount

from .at_wecom import WORK, doubts, removing
from .models import Registration
from .steps.actions import RegistrationRefused, confirm

# The event of somebody whom we made may come after they scanned the code.
COMES_ALONG_WITHIN = timedelta(minutes=10)


@receiver(number_corrected)
def follow_the_number(sender, person, number_before, by, **kwargs):
    """WeCom takes another number of a member who does not use it yet; of one who does it keeps the first, unsaid."""
    account = EnterpriseAccount.objects.the()
    registration = person.registrations.open().of_account(account).filter(mobile=number_before).first()
    if registration is None or not number_before or registration.is_started:
        return ""
    if not registration.may_change_number:
        return _(
            "WeChat keeps the number they registered with. If they use another WeChat account now, give the member the new "
            "number in the WeCom console (通讯录)."
        )
    try:
        confirm(registration=registration, by=by, mobile=person.mobile)
    except RegistrationRefused:
        return _("Somebody else is known to WeCom by the new number, so they are still reached by the old one.")
    return ""


@receiver(member_changed)
def ask_about_them_anew(sender, userid, kind="", **kwargs):
    """WeCom says that something changed about a member, not what: they are due to be asked about.

    Nothing goes to one who is gone, or who comes anew under an id that was registered: it may be somebody else's.
    """
    members = Registration.objects.members().linked_to(userid)
    if kind in GONE:
        doubts.doubt(members)
    elif kind in CAME:
        doubts.doubt(members.registered().filter(registered_at__lt=Now() - COMES_ALONG_WITHIN))
    if kind == DELETED:
        removing.member_gone(userid, EnterpriseAccount.objects.the())
    if members.update(next_check_at=Now()):
        ring(WORK)


@concerns(ANOTHER_COMPANY)
def everybody_registers_again(account):
    people = Registration.objects.open().of_account(account).count()
    if not people:
        return ""
    sentence = ngettext(
        "%(count)s person has registered with this company and must register again with another one.",
        "%(count)s people have registered with this company and must register again with another one.",
        people,
    )
    return sentence % {"count": people}


@concerns(HIDING)
def some_are_part_way_through(account):
    """Said after hiding; what they have entered stays and is resumed later."""
    unfinished = Registration.objects.open().of_account(account).exclude(status=Registration.Status.REGISTERED).count()
    if not unfinished:
        return ""
    sentence = ngettext(
        "%(count)s person is part-way through registering. What they entered is kept.",
        "%(count)s people are part-way through registering. What they entered is kept.",
        unfinished,
    )
    return sentence % {"count": unfinished}


@receiver(account_changed)
def keep_registrations_of_the_same_company(sender, change, before, after, **kwargs):
    """Another application of the same company: the members stay, and are asked about through the new one."""
    if change == ANOTHER_APPLICATION:
        Registration.objects.filter(account_key=before).update(account_key=after)
        Registration.objects.open().filter(account_key=after).exclude(userid="").update(next_check_at=Now())
