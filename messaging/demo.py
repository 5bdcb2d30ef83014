"""Messages, for the tests."""

from django.utils import timezone

from wechat_admin.models import EnterpriseAccount

from .models import Message


def make_message(
    author, *, text="The school closes at noon today.", rule=None, status=Message.Status.PREPARING, **fields
):
    """A message as Send leaves it, to the people of `rule`."""
    return Message.objects.create(
        author=author,
        text=text,
        audience=rule or {"include": [{"role": "registered"}]},
        status=status,
        account_key=EnterpriseAccount.objects.the().account_key,
        sent_at=None if status == Message.Status.DRAFT else timezone.now(),
        **fields,
    )
