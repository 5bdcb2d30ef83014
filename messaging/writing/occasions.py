"""What a school writes about again and again: templates to begin with, and those that a new message offers."""

from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.languages import in_each
from portal.people.typed import of_the_same_name

from ..models import Occasion, Template

MOST_OFFERED = 30  # those used last; the page of all has the others


@dataclass(frozen=True)
class Starter:
    """A template that a school can begin with. What stands in square brackets is to be filled in by whoever writes."""

    occasion: Occasion
    name: str | Promise
    text: str | Promise


STARTERS = (
    Starter(
        Occasion.CLOSURE,
        _("School closed"),
        _(
            "((school)) is closed on [day] because of [reason]. Lessons begin again on [day] at [time]. "
            "Please keep your child at home. We write again if anything changes."
        ),
    ),
    Starter(
        Occasion.TRIP,
        _("School trip"),
        _(
            "[Year or form] goes to [place] on [day]. The coach leaves the school at [time] and is back at [time]. "
            "Please give your child [what to bring]. Whom to ask: [name]."
        ),
    ),
    Starter(
        Occasion.REPORTS,
        _("Reports are ready"),
        _(
            "The reports of this term are ready from [day]: [where]. "
            "If you would like to talk about a report, please tell the form teacher by [day]."
        ),
    ),
    Starter(
        Occasion.EVENT,
        _("Parents' evening"),
        _(
            "You are invited to the parents' evening of [year or form] on [day] at [time], in [place]. "
            "Please tell [name] by [day] whether you can come."
        ),
    ),
    Starter(
        Occasion.HEALTH,
        _("Illness in a form"),
        _(
            "There is a case of [illness] in [year or form]. Please look out for [signs]. "
            "A child who has them stays at home and sees a doctor; please tell the school the same day."
        ),
    ),
    Starter(
        Occasion.REMINDER,
        _("Reminder to hand something in"),
        _(
            "A reminder: please hand in [what] by [day], to [name]. "
            "If you have done so already, there is nothing you need to do."
        ),
    ),
)


@transaction.atomic
def add_starters(*, by):
    """Those whose names no template has yet, in every language. Returns how many."""
    known = list(Template.objects.all())
    new = [starter for starter in STARTERS if not of_the_same_name(known, str(starter.name))]
    for starter in new:
        texts = {code: text for code, _name, text in in_each(partial(str, starter.text))}
        main = texts.pop(settings.LANGUAGE_CODE)
        template = Template.objects.create(
            name=str(starter.name), occasion=starter.occasion, text=main, translations=texts, owner=by, saved_by=by
        )
        record(gettext_noop("saved a template"), by=by, subject=template)
    return len(new)


def templates_offered():
    """[(occasion, its templates)] of those used last."""
    last = Template.objects.order_by(F("used_at").desc(nulls_last=True), "name")[:MOST_OFFERED]
    grouped = [(occasion.label, [t for t in last if t.occasion == occasion]) for occasion in Occasion]
    return [(label, templates) for label, templates in grouped if templates]


def note_use(key):
    """A message was begun from the template of this key, where there is one."""
    if key:
        Template.objects.filter(pk=key).update(used_at=Now())
