"""What a sender should see before a message goes: whom it reaches, what it costs, what speaks against it."""

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.school.table import value

from .. import routes
from ..audience.people import people_of, reach_and_readers
from ..judgement import within
from ..models import Batch, Delivery, Message
from ..routes import member
from ..sending.pace import PACE
from ..writing import texts


def reach(rule, account, own=None):
    """Who is reached and who not and why, adding up; a number of queries that does not grow with people.

    Whoever may write to `own` alone reads of the others how many they are, and no more.
    """
    people = people_of(rule, account)
    counts, readers = reach_and_readers(within(own, people))
    reachable = counts.get(None, 0)
    outside = 0 if own is None else people.exclude(pk__in=own.values("pk")).count()
    return {
        "chosen": sum(counts.values()) + outside,
        "outside": outside,
        "reachable": reachable,
        "readers": readers,
        "missed": [(problem, counts[problem]) for problem in Delivery.Problem if problem in counts],
        "used_today": Batch.objects.people_today(),
        "daily_limit": (value("member_limit") or 0) * member.DAILY_FOR_EACH_MEMBER,
    }


def frozen_reach(message):
    """The same of a frozen list: nobody is asked for again."""
    counts = message.count()
    missed = [(problem, counts[problem]) for problem in Delivery.Problem if problem in counts]
    people = message.deliveries.filter(problem=None).values_list("person__language").annotate(Count("pk")).order_by()
    return {
        "chosen": sum(counts.values()),
        "reachable": message.frozen_count,
        "readers": dict(people),
        "missed": missed,
        "used_today": Batch.objects.people_today(),
        "daily_limit": (value("member_limit") or 0) * member.DAILY_FOR_EACH_MEMBER,
    }


def calls(message, readers):
    """Calls to WeCom at most, for so many readers of each language: a personal text costs one call each."""
    number = 0
    for variant in texts.variants(message):
        theirs = sum(n for language, n in readers.items() if variant.languages is None or language in variant.languages)
        number += theirs if variant.is_personal else -(-theirs // routes.of(message).MOST_RECIPIENTS)
    return number


def same_text_lately(message, account):
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
    people = people_of(message.rule, account).filter(problem=None).values("pk")
    found = []
    for other in same.exclude(status=Message.Status.DRAFT).exclude(pk=message.pk).order_by("-sent_at")[:3]:
        number = other.deliveries.filter(problem=None, person__in=people).count()
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
