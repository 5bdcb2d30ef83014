"""What one person got, read from the frozen bytes of their call: nobody works it out anew."""

import json
from dataclasses import replace

from .. import fill_in
from ..checking import previews


def said_to(delivery):
    """The Preview of what went, or is to go, to this person; None where nothing was made for them."""
    batch = delivery.batch
    if batch is None:
        return None
    if delivery.message.texts_removed_at:
        return previews.of_removed(delivery.message)
    part = said_by(batch)
    shape = part.shape
    return previews.Preview(
        shape=shape,
        kind=part.kind,
        title=part.title,
        address=part.address,
        pieces=[(part.text, False)] if shape.has_words else [],
        file=part.file,
        articles=list(part.articles),
        following=batch.message.following,
    )


def may_name_others(delivery, own):
    """Whether the text made for this person is another than if nobody but `own` were named in it."""
    message, batch = delivery.message, delivery.batch
    texts = [message.text, *message.translations.values()]
    if own is None or batch is None or message.texts_removed_at or not any(map(fill_in.is_personal, texts)):
        return False
    return batch.content != previews.of(message, delivery.person.language, delivery.person, own).text


def said_by(batch):
    """The Part of a call: where its bytes were written, exactly as they say it."""
    part = batch.part
    if not batch.body:
        return part
    said = json.loads(bytes(batch.body)).get(part.kind, {})
    if part.shape.has_articles:
        titles = [article["title"] for article in said.get("articles", [])]
        pairs = zip(part.articles, titles, strict=False)
        return replace(part, articles=[article | {"title": title} for article, title in pairs])
    if not part.shape.has_words:
        return part
    text = said.get("content", said.get("description", part.text))
    return replace(part, text=text, title=said.get("title", part.title), address=said.get("url", part.address))
