"""Upload attachments to WeCom once, when sending starts, never before."""

import logging
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from wechat_admin.connection.clients import upload_client
from wechat_admin.models import EnterpriseAccount, SendingGate
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.errors import WeComError, WeComMisconfigured, WeComRateLimited, WeComRejected

from ..models import Message
from .settle import pause

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=2.5)  # WeCom keeps what was uploaded for three days
MOST_UPLOADS = 5


def upload_due() -> None:
    """Upload what the messages at work need and WeCom does not hold; until then none of their batches is claimed."""
    account = EnterpriseAccount.objects.sending_allowed().first()
    if account is None or not account.is_linked:
        return
    for message in Message.objects.to_upload(account)[:20]:
        if message.uploads >= MOST_UPLOADS:
            pause([message.pk], Message.PausedReason.ATTACHMENT)
            continue
        try:
            _upload(message, upload_client(account))
        except WeComMisconfigured as error:
            SendingGate.objects.of(account).hold(error.code)
            return
        except WeComRateLimited:
            account.gate.wait()
            return
        except WeComRejected as error:
            pause([message.pk], Message.PausedReason.ATTACHMENT, error.code)
        except WeComError as error:
            log.warning("An attachment could not be uploaded: %s", error)


def _upload(message: Message, client: Client) -> None:
    own = [message.file] if message.shape.has_file and message.file else []
    files = [*own, *message.following]
    if len(files) < message.shape.has_file + message.part_count - 1:
        pause([message.pk], Message.PausedReason.ATTACHMENT)
        return
    for file in files:
        media_id = client.upload(file.kind, file.name, bytes(file.data))
        message.attachments.filter(pk=file.pk).update(media_id=media_id)
    Message.objects.filter(pk=message.pk).update(media_until=Now() + KEPT_FOR, uploads=F("uploads") + 1)
