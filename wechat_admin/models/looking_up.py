from django.db import models
from django.db.models import F

from . import EnterpriseAccount

# Above a fifth of the company WeCom closes looking up for a day: long before that a person should look why.
MOST_IN_VAIN = 5


class LookingUpQuerySet(models.QuerySet["LookingUp"]):
    def of(self, account: EnterpriseAccount) -> "LookingUp":
        return self.get_or_create(corporation_id=account.corporation_id)[0]

    def answered(self, spelling: str) -> None:
        self.update(in_vain=0, **({"spelling": spelling} if spelling else {}))

    def unanswered(self) -> None:
        self.update(in_vain=F("in_vain") + 1)

    def resume(self) -> None:
        """A person has looked: it may be asked again."""
        self.update(in_vain=0)


class LookingUp(models.Model):
    """What looking members of one company up by number and e-mail has taught us."""

    corporation_id = models.CharField(max_length=64, unique=True)
    spelling = models.CharField(max_length=20, blank=True)  # which was the one that answered
    in_vain = models.PositiveSmallIntegerField(default=0)  # how often in a row WeCom knew nobody

    objects = LookingUpQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.corporation_id}: {self.spelling}"

    @property
    def has_stopped(self) -> bool:
        return self.in_vain >= MOST_IN_VAIN
