"""Who gets the later parts of a message together. Their deliveries stand in the batches of the first part alone."""

from django.db import models

from .delivery import Delivery, DeliveryQuerySet
from .message import Message


class Span(models.Model):
    """The people of a call of each later part: the deliveries from `first` to `last`, or, without these, the stragglers
    of the span."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="spans", db_index=False)
    first = models.BigIntegerField(null=True)
    last = models.BigIntegerField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["message", "first"], name="spans_of_a_message")]

    def __str__(self) -> str:
        return f"span {self.pk}"

    @property
    def members(self) -> DeliveryQuerySet:
        """The deliveries of those who get its next part, whatever became of the part before."""
        theirs = Delivery.objects.filter(problem=None)
        if self.first is None:
            return theirs.filter(straggler__span=self, straggler__problem=None)
        return theirs.filter(message=self.message_id, pk__gte=self.first, pk__lte=self.last, straggler=None)


class Straggler(models.Model):
    """Somebody who does not get a later part with those around them: in a span of their own, since the part before was in
    doubt when it was the others' turn, or from `part_number` on not at all."""

    # What stands instead of a problem of the delivery: the part before did not reach them.
    NOT_BEFORE = "not_before"

    delivery = models.OneToOneField(Delivery, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False)
    span = models.ForeignKey(Span, on_delete=models.CASCADE, related_name="stragglers")
    part_number = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=20, null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"straggler {self.pk}"
