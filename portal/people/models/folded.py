"""Columns that a row keeps by itself, for the database to compare and search."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute


class _Made(DeferredAttribute):
    """Read from the row's other columns, however it is about to be written: by save, in bulk, as new or changed."""

    field: "FoldedField"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        return self if instance is None else self.field.made_of(instance)

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


class FoldedField(models.TextField):
    """What `fold` makes of the row's columns `of`; what is assigned to it is not asked."""

    descriptor_class = _Made

    def __init__(self, *args: Any, of: Sequence[str] = (), fold: Callable[..., str] = str, **kwargs: Any) -> None:
        self.of, self.fold = of, fold
        options: dict[str, Any] = {"editable": False, "db_default": ""} | kwargs
        super().__init__(*args, **options)

    def made_of(self, instance: models.Model) -> str:
        return self.fold(*(getattr(instance, name) for name in self.of))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """For migrations it is a text like any other: they fill it in themselves."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
