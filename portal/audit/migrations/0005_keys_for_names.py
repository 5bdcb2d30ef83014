from collections import defaultdict

from django.db import migrations

from portal.people.names import full

# Whose subject was a name: the model whose row is meant.
_OF_PROFILES = {
    "created an administrator profile",
    "changed the options of a profile",
    "copied a profile",
    "renamed a profile",
    "deleted a profile",
}
_GIVEN = {
    "gave a profile": "to",
    "took a profile away": "of",
    "took a profile away from somebody who stopped working here": "of",
}
_OF_TEMPLATES = {"saved a template", "deleted a template"}
_OF_AUDIENCES = {"replaced a saved audience", "deleted a saved audience"}
_OF_USERS = {
    "signed in",
    "signed out",
    "chose a password",
    "was given a wrong password for",
    "locked a sign-in",
    "unlocked a sign-in",
    "sent a link for a new password",
    "took a password away",
    "ended sessions",
    "had a new address count for signing in",
    "came in with a personal code",
    "created a System Administrator",
    "started viewing as somebody else",
    "stopped viewing as somebody else",
}
_NAMES_OF_USERS = ("user", "written_by", "released_by", "sent_by")


def keys_for_names(apps, schema_editor):
    """What earlier releases wrote down by name or reference; where a name is nobody's any more, or two people's, only
    what it was stays ("user")."""
    AuditEvent = apps.get_model("audit", "AuditEvent")
    find = _Keys(apps) if AuditEvent.objects.exists() else None
    changed = []
    for event in AuditEvent.objects.order_by("pk").iterator(1000):
        _rewrite(event, find)
        changed.append(event)
        if len(changed) == 1000:
            AuditEvent.objects.bulk_update(changed, ["subject", "on_behalf_of", "details", "once"])
            changed = []
    AuditEvent.objects.bulk_update(changed, ["subject", "on_behalf_of", "details", "once"])


def _rewrite(event, find):
    act, details = event.act, event.details
    if event.on_behalf_of:
        event.on_behalf_of = find.user(event.on_behalf_of)
    if act in _GIVEN:
        profile = find.profile(event.subject)
        event.subject = find.user(details.pop(_GIVEN[act], ""))
        details["profile"] = profile
    elif act in _OF_PROFILES:
        event.subject = find.profile(event.subject)
        if act == "copied a profile":
            details["of"] = find.profile(details.get("of", ""))
        if "holders" in details:
            details["holders"] = [find.user(name) for name in details["holders"]]
    elif act in _OF_USERS:
        event.subject = find.user(event.subject) if event.subject else ""
    elif act in _OF_TEMPLATES:
        event.subject = find.template(event.subject)
    elif act in _OF_AUDIENCES:
        event.subject = find.audience(event.actor_id, event.subject)
    elif event.subject in find.references:
        event.subject = find.references[event.subject]
    if act == "deleted a draft":
        details["of"] = find.user(details["of"]) if details.get("of") else ""
    if "gone" in details:
        details["gone"] = find.references.get(details["gone"], "person")
    for name in _NAMES_OF_USERS:
        if details.get(name):
            details[name] = find.user(details[name])
    event.once = None


class _Keys:
    def __init__(self, apps):
        people = apps.get_model("people", "Person").objects.all()
        self.references = {person.reference: f"person {person.pk}" for person in people.only("reference")}
        users, by_user = defaultdict(set), {person.user_id: person for person in people.exclude(user=None)}
        for user in apps.get_model("people", "User").objects.all():
            person = by_user.get(user.pk)
            names = {user.username, f"{user.first_name} {user.last_name}".strip()}
            if person:
                names |= {person.reference, full(person.given_name, person.family_name, person.chinese_name)}
            for name in names - {""}:
                users[name[:200]].add(f"user {user.pk}")
        self._users = users
        self._profiles = {
            profile.group.name: f"profile {profile.pk}"
            for profile in apps.get_model("access", "Profile").objects.select_related("group")
        }
        self._system = next(
            (f"profile {p.pk}" for p in apps.get_model("access", "Profile").objects.filter(is_system_administrator=True)),
            "profile",
        )
        self._templates = {row.name: f"template {row.pk}" for row in apps.get_model("messaging", "Template").objects.all()}
        self._audiences = {
            (row.owner_id, row.name): f"savedaudience {row.pk}"
            for row in apps.get_model("messaging", "SavedAudience").objects.all()
        }

    def user(self, name):
        found = self._users.get(name, ())
        return next(iter(found)) if len(found) == 1 else "user"

    def profile(self, name):
        if name in ("System Administrator", "系统管理员", "系統管理員"):
            return self._system
        return self._profiles.get(name, "profile")

    def template(self, name):
        return self._templates.get(name, "template")

    def audience(self, owner, name):
        return self._audiences.get((owner, name), "savedaudience")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_once"),
        ("people", "0018_a_conflict_of_its_own"),
        ("access", "0005_told_addresses"),
        ("messaging", "0015_shares"),
    ]

    operations = [migrations.RunPython(keys_for_names, migrations.RunPython.noop, elidable=True)]
