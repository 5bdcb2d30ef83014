from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from wechat_admin.models import EnterpriseAccount

LOOK_AGAIN_AFTER = timedelta(hours=1)


class AudienceDepartmentQuerySet(models.QuerySet["AudienceDepartment"]):
    def of(self, account: EnterpriseAccount) -> Self:
        return self.filter(corporation_id=account.corporation_id)

    def made(self) -> Self:
        return self.exclude(made_at=None)

    def to_look_after(self) -> Self:
        """Those nobody has looked after lately: in the console they can be removed or moved at any time."""
        unseen = Q(seen_at=None) | Q(seen_at__lt=Now() - LOOK_AGAIN_AFTER)
        return self.made().filter(unseen)

    def due(self) -> Self:
        return self.filter(Q(next_try_at=None) | Q(next_try_at__lte=Now()), made_at=None)


class AudienceDepartment(models.Model):
    """The department of one audience in the address book of one company, made by us."""

    corporation_id = models.CharField(max_length=64)
    role = models.CharField(max_length=10)
    department_id = models.PositiveIntegerField(null=True)  # set before the call that makes it
    names_taken = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # when WeCom last listed it where it belongs
    next_try_at = models.DateTimeField(null=True)

    objects = AudienceDepartmentQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["corporation_id", "role"], name="one_department_per_audience")]

    def __str__(self) -> str:
        return f"{self.role}: {self.department_id}"
