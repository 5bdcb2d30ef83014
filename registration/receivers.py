from django.db.models.functions import Now
from django.dispatch import receiver
from django.utils.translation import ngettext

from portal.doorbell import ring
from wechat_admin.account.changes import ANOTHER_APPLICATION, ANOTHER_COMPANY, HIDING, account_changed, concerns
from wechat_admin.callback.receiving import member_changed

from .models import Registration
from .tasks import WORK


@receiver(member_changed)
def ask_about_them_anew(sender, userid, **kwargs):
    """WeCom says that something changed about a member, not what: they are due to be asked about."""
    if Registration.objects.members().linked_to(userid).update(next_check_at=Now()):
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
