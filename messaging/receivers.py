from django.db.models import F, Sum
from django.dispatch import receiver
from django.utils.translation import ngettext

from portal.people.models import Person
from registration.signals import withdrawn
from wechat_admin.account.changes import ANOTHER_APPLICATION, ANOTHER_COMPANY, account_changed, concerns
from wechat_admin.models import EnterpriseAccount

from .models import Batch, Delivery, Message
from .sending.settle import take_out


@receiver(withdrawn)
def take_out_of_waiting_batches(sender: object, person: Person, **kwargs: object) -> None:
    """Somebody stopped: what has not gone out does not go to them.

    The claim locks a batch first and reads its deliveries second; here the lock comes first too, so one of both
    always sees the other.
    """
    waiting = Delivery.objects.filter(person=person, problem=None, batch__state=Batch.State.READY)
    batches = Batch.objects.filter(pk__in=list(waiting.values_list("batch", flat=True)), state=Batch.State.READY)
    batches.update(problems=F("problems"))
    for batch in batches:
        take_out(batch, batch.deliveries.filter(person=person, problem=None), Delivery.Problem.STOPPED)


@concerns(ANOTHER_COMPANY, ANOTHER_APPLICATION)
def messages_are_on_their_way(account: EnterpriseAccount) -> str:
    open_batches = Batch.objects.open().filter(message__account_key=account.account_key)
    of_parts = open_batches.order_by().values("message", "part_number").annotate(number=Sum("size"))
    most: dict[int, int] = {}  # of each message: whoever waits for a later part may wait for an earlier one
    for message, _part, people in of_parts.values_list("message", "part_number", "number"):
        most[message] = max(people, most.get(message, 0))
    people = sum(most.values())
    if not people:
        return ""
    sentence = ngettext(
        "A message to %(count)s person is on its way. With another company it is stopped; what is in doubt stays unknown.",
        "Messages to %(count)s people are on their way. With another company they are stopped; what is in doubt stays unknown.",
        people,
    )
    return sentence % {"count": people}


@receiver(account_changed)
def go_on_through_another_application(sender: object, change: str, before: str, after: str, **kwargs: object) -> None:
    """The same company: what never left is written anew for the new application; what may have left is not repeated.

    With another company the sweep closes what is open: its messages carry the old key.
    """
    if change != ANOTHER_APPLICATION:
        return
    ended = [Message.Status.DRAFT, Message.Status.FINISHED, Message.Status.CANCELLED]
    at_work = Message.objects.filter(account_key=before).exclude(status__in=ended)
    batches = Batch.objects.filter(message__in=list(at_work.values_list("pk", flat=True)))
    # What is in the air carries the old application's number: proof that it was accepted still counts, a repeat would not go.
    may_have_left = batches.filter(state__in=[Batch.State.UNCERTAIN, Batch.State.IN_FLIGHT])
    may_have_left.update(state=Batch.State.UNKNOWN, lease=None, lease_until=None)
    batches.filter(state=Batch.State.READY).update(body=None, body_sha256="")
    at_work.update(account_key=after)
