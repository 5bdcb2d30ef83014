"""Whoever is meant by a rule is meant still after a merge; and nobody is merged while something is on its way to them."""

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from portal.people.merging.parts import Part, part

from .models import Delivery, Message, SavedAudience

# What keeps a rule, and where.
_KEPT_IN = [(SavedAudience, "rule"), (Message, "audience"), (Message, "sent_rule")]


@part
class Messages(Part):
    name = "messages"

    def refusal(self, kept, gone, by):
        waiting = Delivery.objects.filter(person__in=[kept.pk, gone.pk]).on_their_way()
        if waiting.exists() or Message.objects.filter(status=Message.Status.PREPARING).exists():
            return _("A message to one of them is on its way, or one is being prepared. Try again when it is finished.")
        return ""

    def join(self, kept, gone, stays, by):
        return [[n, pk] for n in range(len(_KEPT_IN)) for pk in _replace(n, gone.pk, kept.pk)]

    def separate(self, kept, gone, joined, by):
        for n in range(len(_KEPT_IN)):
            _replace(n, kept.pk, gone.pk, among=[pk for kind, pk in joined if kind == n])


def _replace(kind, before, after, among=None):
    """Put one person for another into the rules that name only the first. Returns the ids of what keeps them."""
    model, column = _KEPT_IN[kind]
    rows = model._base_manager.alias(written=Cast(column, TextField())).filter(written__contains=str(before))
    if among is not None:
        rows = rows.filter(pk__in=among)
    changed = []
    for pk, rule in rows.values_list("pk", column).iterator(chunk_size=100):
        if rule and (new := _with(rule, before, after)) != rule:
            model._base_manager.filter(pk=pk).update(**{column: new})
            if not _names(rule, after):
                changed.append(pk)
    return changed


def _with(rule, before, after):
    """The rule with `after` where it names `before`."""
    if isinstance(rule, list):
        return [_with(clause, before, after) for clause in rule]
    if not isinstance(rule, dict):
        return rule
    new = {name: _with(value, before, after) for name, value in rule.items()}
    if new.get("person") == before:
        new["person"] = after
    if before in new.get("listed", []):
        new["listed"] = list(dict.fromkeys(after if pk == before else pk for pk in new["listed"]))
    return new


def _names(rule, pk):
    return _with(rule, pk, None) != rule
