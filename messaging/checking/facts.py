"""What a sender should see before a message goes: whom it reaches, what it costs, what speaks against it."""

import re

from django.conf import settings
from django.db.models import Count, F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal import once
from portal.health import readiness
from portal.ledger import mark
from portal.school.table import value

from .. import routes
from ..audience.people import reach_and_readers
from ..models import Batch, Delivery, Message
from ..routes import member
from ..sending.pace import PACE
from ..writing import texts

# Of any width; longer than a line it is no blank.
_BLANK = re.compile(r"[\[［][^\[\]［］\n]{1,40}[\]］]")


TODAY = "people accepted today"
once.fact(TODAY, lambda: once.total(Batch.objects.today(), F("size") - F("problems")))


def reach(people, own=None):
    """Who of the people of a rule is reached and who not and why, adding up; one query, however many people.

    Whoever may write to `own` alone reads of the others how many they are, and no more.
    """
    reach = reach_and_readers(people, own)
    counts = reach.counts
    return {
        "chosen": counts.total() + reach.outside,
        "outside": reach.outside,
        "reachable": counts[None],
        "readers": reach.readers,
        "missed": [(problem, counts[problem]) for problem in Delivery.Problem if problem in counts],
        "digest": reach.digest,
        **_of_today(),
    }


def _of_today():
    """What WeCom takes a day, and how much of that is used; with what other parts of the page ask, in one question."""
    known = once.ask(TODAY, mark.HELD, *readiness.facts(readiness.OURSELVES))
    limit = (value("member_limit") or 0) * member.DAILY_FOR_EACH_MEMBER
    return {"daily_limit": limit, "used_today": known[TODAY]}


def frozen_reach(message, own=None):
    """The same of a frozen list: nobody is asked for again."""
    counts = message.count()
    theirs = counts if own is None else message.count_among(own)
    missed = [(problem, theirs[problem]) for problem in Delivery.Problem if problem in theirs]
    people = message.deliveries.filter(problem=None).values_list("person__language").annotate(Count("pk")).order_by()
    return {
        "chosen": sum(counts.values()),
        "outside": sum(counts.get(problem, 0) for problem in Delivery.Problem) - sum(number for _, number in missed),
        "digest": message.frozen_digest,
        "reachable": message.frozen_count,
        "readers": dict(people),
        "missed": missed,
        **_of_today(),
    }


def calls(message, readers):
    """Calls to WeCom at most, for so many readers of each language: a personal text costs one call each."""
    number = 0
    for variant in texts.variants(message):
        theirs = sum(n for language, n in readers.items() if variant.languages is None or language in variant.languages)
        number += theirs if variant.is_personal else _shared_calls(message, theirs)
    return number + (message.part_count - 1) * _shared_calls(message, sum(readers.values()))


def _shared_calls(message, people):
    return -(-people // routes.of(message).MOST_RECIPIENTS)


def same_text_lately(message, people):
    """[(when, how many of these people)] of messages that say the same and went to some of these people lately."""
    same = Message.objects.listed().filter(
        kind=message.kind,
        text=message.text,
        title=message.title,
        translations=message.translations,
        articles=message.articles,
        sent_at__gt=Now() - PACE.same_text_window,
    )
    if not message.text and not message.articles:
        return []
    found = []
    for other in same.exclude(status=Message.Status.DRAFT).exclude(pk=message.pk).order_by("-sent_at")[:3]:
        these = people.filter(problem=None).values("pk")
        number = other.deliveries.filter(problem=None, person__in=these).count()
        if number:
            found.append((other.sent_at, number))
    return found


def language_warnings(message, readers):
    """Sentences about readers who get the main text although others have one in their language."""
    warnings = [
        _("%(count)s people read %(language)s and get the main text.")
        % {"count": readers[language], "language": settings.LANGUAGE_NAMES[language]}
        for language in texts.languages_without_own_text(message)
        if readers.get(language)
    ]
    if message.translations and readers.get(""):
        warnings.append(
            _("Of %(count)s people nobody knows what they read; they get the main text.") % {"count": readers[""]}
        )
    return warnings


def blanks(message):
    """What stands in square brackets, as templates have it: somebody is to fill it in."""
    said = "\n".join([message.title, message.text, *message.translations.values()])
    return list(dict.fromkeys(_BLANK.findall(said)))


def blank_warnings(message):
    found = blanks(message)
    return [_("Still to be filled in: %(blanks)s") % {"blanks": " ".join(found)}] if found else []
