"""The member route: what one call holds and may hold. Another route would be a module beside this one."""

from django.urls import reverse

from portal.addresses import Site, absolute
from wechat_admin.wecom import bodies

from .models import Kind

MOST_RECIPIENTS = 1000  # per call (doc 90236)
MOST_BYTES = bodies.TEXT_BYTES
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)


def size_of(text):
    """Bytes as WeCom counts them."""
    return len(text.encode())


def body_of(batch, account, userids):
    """The exact bytes of the call, from what the message holds now. The same gives the same bytes."""
    return bodies.body(batch.message.kind, account.application_agent_id, userids, _content_of(batch))


def _content_of(batch):
    """What WeCom wants under the kind's own name."""
    message = batch.message
    text = (batch.content or message.text) + message.addition
    match message.kind:
        case Kind.TEXT:
            return {"content": text}
        case Kind.CARD:
            return {"title": message.title, "description": text, "url": message.address}
        case Kind.NEWS:
            return {"articles": [_article(message, article) for article in message.articles]}
    # The file itself stays where it is: it may be 20 MB.
    media = {"media_id": message.attachments.values_list("media_id", flat=True).get(role="body")}
    if message.kind == Kind.VIDEO:
        return media | {"title": message.title, "description": text}
    return media


def _article(message, article):
    """WeChat fetches the picture from us: it stands at an address that cannot be guessed."""
    written = {"title": article["title"] + message.addition, "url": article["url"]}
    if article.get("description"):
        written["description"] = article["description"]
    if article.get("picture"):
        written["picurl"] = absolute(Site.FAMILIES, reverse("messaging:article-picture", args=[article["picture"]]))
    return written
