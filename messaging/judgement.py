"""What is asked of a message's people before it may go: at Send of the rule, and again of the list when it is frozen.

Every road into sending asks `why_it_waits` of the frozen rows, so what was decided on one evaluation of a rule is never
carried out on a later one.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.access.models import Profile
from portal.notices.whom import holding, present
from portal.people.models import Person, User
from portal.people.models.person import PersonQuerySet
from portal.school.table import value
from wechat_admin.models import EnterpriseAccount

from .audience.people import people_of
from .models import Decision, Message, SavedAudience
from .models.rule import Clause, Rule

if TYPE_CHECKING:
    from .audience.people import Chosen

People = TypeVar("People", bound=QuerySet)

# By so many a list that somebody released or scheduled may grow before it waits.
_FEW, _SHARE = 5, 50  # five people, or a fiftieth of them


# --- limits of a sender ---


def own_people(user: User) -> PersonQuerySet | None:
    """Whom somebody limited to their own groups may write to, as a queryset; None for everybody else."""
    return _people_around(user) if is_limited(user) else None


def is_limited(user: User) -> bool:
    """Whether they may write to their own groups only."""
    return Profile.objects.is_limited(user, "messaging.write", "messaging.own_groups")


def within(own: PersonQuerySet | None, people: People) -> People:
    """Those of `people` whose names may be read by somebody who may write to `own` (None: to everybody)."""
    return people if own is None else people.filter(pk__in=own.values("pk"))


def _people_around(user: User) -> PersonQuerySet:
    return Person.objects.around(getattr(user, "person", None))


def _has_others(people: QuerySet[Person], own: PersonQuerySet) -> bool:
    return people.exclude(pk__in=own.values("pk")).exists()


def beyond(rule: Rule, account: EnterpriseAccount, user: User) -> str | None:
    """Why somebody limited to their own groups may not write to these people, in a sentence, or None."""
    return why_beyond(people_of(rule, account), own_people(user))


def why_beyond(people: QuerySet[Person], own: PersonQuerySet | None) -> str | None:
    """The same of people, for somebody limited to `own`."""
    if own is None or not _has_others(people, own):
        return None
    return _(
        "You may write to your own groups only: some of these people belong to none of them. Choose among your groups."
    )


def may_send(user: User) -> bool:
    """Whether they still have the right, and are still at the school."""
    person = getattr(user, "person", None)
    return user.has_perm("messaging.write") and not (person and person.has_left)


# --- a second person ---


def has_grown_past_the_limit(shown: int, people: "QuerySet[Chosen]") -> bool:
    """Whether so many would get it now that a second person must release it, although fewer stood on the page."""
    most = value("approval_above")
    return bool(most) and shown <= most and people.filter(problem=None)[most : most + 1].exists()


def why_approval(message: Message, count: int, people: QuerySet[Person], sender: User) -> str | None:
    """Why a second person must release a message to these people, in a sentence, or None."""
    if message.urgent:
        return _("It is urgent.")
    if value("approval_outside_groups") and _has_others(people, _people_around(sender)):
        return _("Some of the people belong to none of the sender's groups.")
    most = value("approval_above")
    if most and count > most:
        return _("It goes to more than %(most)s people.") % {"most": number_format(most, force_grouping=True)}
    return None


def why_not_release(message: Message, user: User) -> str | None:
    """Why this user may not be the second person, in a sentence, or None."""
    if user in (message.author, message.sender):
        return _("Somebody else must release your message.")
    if user == message.saved_by:
        return _("You wrote the last version of this message: somebody else must release it.")
    return None


def why_nobody_may_release(*users: User | None) -> str:
    """Why nobody but these can be the second person now, in a sentence, or ""."""
    others = holding("messaging.approve").exclude(pk__in=[user.pk for user in users if user])
    if present(others).exists():
        return ""
    if others.exists():
        return _("Everybody else who may release it is away. The System Administrators are told.")
    return _(
        "Nobody else holds “Messaging: release”. Your System Administrator can give it under Accounts & Profiles > "
        "Administrator Profiles."
    )


def written_down(rule: Rule) -> Rule:
    """The rule whole: each saved audience as one nested rule, its include and exclude kept together."""
    return {part: [_written_down(clause) for clause in clauses] for part, clauses in rule.items()}


def _written_down(clause: Clause) -> Clause:
    if "audience" not in clause:
        return clause
    saved = SavedAudience.objects.filter(pk=clause["audience"]).first()
    return {"rule": saved.rule if saved else {"include": []}, "name": saved.name if saved else "–"}


def content_of(message: Message, rule: Rule) -> str:
    """Names exactly what is said, to whom by rule and how urgently: a release is of this. The time is no part of it.

    A file counts by its bytes and its name: those of the draft of a change are copies, each with a token of its own.
    """
    attached = message.attachments.defer("data").order_by("role", "place", "pk")
    files = {file.token: [file.role, file.content, file.name] for file in attached}
    articles = [article | {"picture": files.pop(article.get("picture"), None)} for article in message.articles]
    said = [message.kind, message.text, message.translations, message.title, message.address, articles]
    whole = json.dumps([said, list(files.values()), message.urgent, rule], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


# --- the people a decision was about ---


def decide_about(message: Message, ids: Iterable[int]) -> None:
    """Keep whom somebody saw when they scheduled or released it."""
    decision = Decision(message=message, people=zlib.compress(",".join(map(str, ids)).encode()))
    Decision.objects.bulk_create([decision], update_conflicts=True, unique_fields=["message"], update_fields=["people"])


def reached_among(people: "QuerySet[Chosen]") -> list[int]:
    """The ids of those of a rule's people who are reached now, in their order."""
    return list(people.filter(problem=None).order_by("pk").values_list("pk", flat=True))


def added_to(message: Message, ids: list[int]) -> set[int]:
    """Those of `ids` who were not among the people somebody released or scheduled."""
    folded = Decision.objects.filter(message=message).values_list("people", flat=True).first()
    if folded is None:  # of one sent before they were kept, only their number is known
        return set(ids[message.shown_count :])
    return set(ids) - {int(pk) for pk in zlib.decompress(bytes(folded)).decode().split(",") if pk}


def is_too_many(added: set[int], before: int) -> bool:
    return len(added) > max(_FEW, before // _SHARE)


def chosen_of(message: Message) -> QuerySet[Person]:
    """Whom a frozen list names."""
    return Person.objects.filter(pk__in=message.deliveries.values("person"))


# --- the gate ---


def why_it_waits(message: Message) -> str | None:
    """Why the frozen list must wait for a person, as a PausedReason; None where it may go."""
    if message.is_test:
        return None
    if not may_send(message.sender):
        return Message.PausedReason.SENDER
    if message.is_released_as_frozen:
        return None
    chosen = chosen_of(message)
    own = own_people(message.sender)
    if own is not None and _has_others(chosen, own):
        return Message.PausedReason.SECOND_PERSON
    reached = message.deliveries.filter(problem=None).order_by("person").values_list("person", flat=True)
    if message.waits_when_the_list_changes and has_grown(message, chosen, list(reached)):
        return Message.PausedReason.SECOND_PERSON
    if not message.released_by_id and why_approval(message, message.frozen_count, chosen, message.sender):
        return Message.PausedReason.SECOND_PERSON
    return None


def has_grown(message: Message, chosen: QuerySet[Person], reached: list[int]) -> bool:
    """Whether so many came to a released or scheduled list, or such people, that the decision was about another one."""
    added = added_to(message, reached)
    most = value("approval_above")
    if is_too_many(added, message.shown_count) or (most and len(reached) > most >= message.shown_count):
        return True
    if not (added and value("approval_outside_groups")):
        return False
    around = _people_around(message.sender)
    return _has_others(chosen.filter(pk__in=added), around) and not _has_others(chosen.exclude(pk__in=added), around)
