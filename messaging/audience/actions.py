from ..models import SavedAudience


def save_audience(*, name, rule, by):
    """One of the same name is replaced."""
    SavedAudience.objects.update_or_create(owner=by, name=name, defaults={"rule": rule})


def delete_audience(*, audience, by):
    audience.delete()
