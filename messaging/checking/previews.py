"""What a message looks like on the phone of one person, before it goes."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.languages import tag
from portal.people.models import Person
from wechat_admin.wecom.bodies import SHOWN_WHERE_HOME_PAGE_OPENS

from .. import fill_in
from ..audience.rule import pupils_concerned
from ..judgement import within
from ..kinds import KINDS, Kind, Shape
from ..writing import texts


@dataclass
class Preview:
    shape: Shape
    kind: str
    title: str = ""
    address: str = ""
    pieces: list = field(default_factory=list)  # (piece of text, whether it is a field still to be filled in)
    file: object = None
    articles: list = field(default_factory=list)
    following: list = field(default_factory=list)  # files, each a call of its own behind this one

    @property
    def text(self):
        return "".join(piece for piece, _ in self.pieces)

    @property
    def cut(self):
        """All that WeChat shows of a text where the application always opens its home page."""
        return self.text.encode()[:SHOWN_WHERE_HOME_PAGE_OPENS].decode(errors="ignore")


def of(message, language, person=None, own=None):
    """As readers of a language see it; with a person as they do, their fields filled in.

    Whoever may write to `own` alone reads of no child but those.
    """
    if message.texts_removed_at:
        return of_removed(message)
    if person is not None:
        pupils = pupils_concerned(message.rule)
        if own is not None:
            pupils = within(own, Person.objects.all() if pupils is None else pupils)
        pieces = [(texts.texts_of(message, [person], pupils)[0], False)]
    else:
        pieces = fill_in.segments(texts.text_for(message, language))
    if not message.shape.has_words:
        pieces = []
    return Preview(
        shape=message.shape,
        kind=message.kind,
        title=message.title,
        address=message.address,
        pieces=pieces,
        file=message.file if message.shape.has_file else None,
        articles=message.articles if message.shape.has_articles else [],
        following=message.following,
    )


def of_removed(message):
    """In the place of words and files that are kept no more (messaging/keeping.py)."""
    sentence = _("Its text was removed on %(date)s: it is kept for a time only.")
    date = date_format(timezone.localtime(message.texts_removed_at), "DATE_FORMAT")
    return Preview(KINDS[Kind.TEXT], Kind.TEXT, pieces=[(sentence % {"date": date}, False)])


def languages(message):
    """[(code, name)] of the languages in which the message differs."""
    if not message.translations and not fill_in.fields_in(message.text):
        return []
    return list(settings.LANGUAGE_NAMES.items())


def side_by_side(message):
    """[(tag, name, Preview)] of every language, for whoever answers for all of them; nothing where there is one text."""
    if not message.translations:
        return []
    return [(tag(code), name, of(message, code)) for code, name in languages(message)]
