"""Of two people who edit one thing at once, the second is told before anything of the first is undone."""

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from messaging.models import Template
from messaging.writing import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.audit.models import Revision
from portal.audit.revisions import SavedMeanwhile, next_revision, revision_of
from portal.people.demo import make_group, make_person

pytestmark = pytest.mark.django_db
SUBJECT = "a thing"


def save(seen, by=None):
    with transaction.atomic():
        next_revision(SUBJECT, seen=seen, by=by)


def test_whoever_has_seen_the_last_revision_saves_the_next():
    assert revision_of(SUBJECT) == 0
    save(0)
    save(1)
    assert revision_of(SUBJECT) == 2


def test_who_saved_meanwhile_is_named_and_the_second_press_goes_through():
    first, second = make_sign_in(make_person("staff")), make_sign_in(make_person("staff"))
    save(0, by=first)
    with pytest.raises(SavedMeanwhile, match=first.person.name) as meanwhile:
        save(0, by=second)
    save(meanwhile.value.number, by=second)
    assert Revision.objects.get().saved_by == second


def test_nobody_is_told_of_themselves_by_name():
    user = make_sign_in(make_person("staff"))
    save(0, by=user)
    with pytest.raises(SavedMeanwhile, match="You saved this in another window"):
        save(0, by=user)


def test_somebody_whose_sign_in_is_gone_is_somebody():
    user = make_sign_in(make_person("staff"))
    save(0, by=user)
    user.delete()
    with pytest.raises(SavedMeanwhile, match=r"^Somebody saved at"):
        save(0, by=make_sign_in(make_person("staff")))


class Desk:
    """Two administrators with the same page open."""

    def __init__(self, address):
        self.address = address
        self.clients = []
        for user in (make_administrator(), make_sign_in(make_person("staff", given_name="Second"))):
            user.groups.add(Profile.objects.system_administrator().group)
            client = Client()
            client.force_login(user)
            self.clients.append(client)

    def seen(self):
        return self.clients[0].get(self.address).context["form"]["seen"].value()

    def save(self, who, **values):
        return self.clients[who].post(self.address, values)


def edits():
    """(address, what the first saves, what the second saves) of every form that edits one thing."""
    year = make_group("year", "Year 7")
    profile = Profile.objects.create(group=Group.objects.create(name="Office"))
    return {
        "settings": (reverse("school-settings"), {"invitation_days": 3}, {"invitation_days": 9}),
        "profile": (
            reverse("profile", args=[profile.pk]),
            {"options": ["people.view"]},
            {"options": ["audit.view"]},
        ),
        "years": (reverse("registration:years"), {"may": [year.pk]}, {"consent": [year.pk]}),
        "template": (
            reverse("messaging:edit-template", args=[Template.objects.create(name="Snow", text="Stay at home").pk]),
            {"name": "Snow", "occasion": "other", "text": "Come late"},
            {"name": "Snow", "occasion": "other", "text": "Come early"},
        ),
    }


@pytest.mark.parametrize("what", ["settings", "profile", "years", "template"])
def test_the_second_is_told_keeps_what_they_typed_and_may_save_again(what):
    address, theirs, mine = edits()[what]
    desk = Desk(address)
    seen = desk.seen()
    assert desk.save(0, seen=seen, **theirs).status_code == 302

    refused = desk.save(1, seen=seen, **mine)

    form = refused.context["form"]
    assert refused.status_code == 200 and "saved at" in refused.content.decode()
    name, value = next(iter(mine.items()))
    assert [str(v) for v in (form[name].value() if isinstance(value, list) else [form[name].value()])] == [
        str(v) for v in (value if isinstance(value, list) else [value])
    ]
    assert desk.save(1, seen=form["seen"].value(), **mine).status_code == 302
    assert desk.seen() == seen + 2


@pytest.mark.parametrize("what", ["settings", "profile", "years", "template"])
def test_a_form_that_says_nothing_of_what_it_saw_undoes_nothing(what):
    address, theirs, mine = edits()[what]
    desk = Desk(address)
    desk.save(0, seen=0, **theirs)
    for nonsense in ({}, {"seen": "-1"}, {"seen": "9" * 5000}, {"seen": "first"}):
        assert desk.save(1, **mine, **nonsense).status_code == 200
    assert desk.seen() == 1


def test_a_template_that_was_deleted_meanwhile_is_not_lost(client, monkeypatch):
    client.force_login(make_administrator())
    template = Template.objects.create(name="Snow", text="Stay at home")
    save = actions.save_template

    def delete_first(**values):
        Template.objects.all().delete()
        save(**values)

    monkeypatch.setattr(actions, "save_template", delete_first)
    client.post(
        reverse("messaging:edit-template", args=[template.pk]),
        {"name": "Snow", "occasion": "other", "text": "Come late"},
    )
    assert Template.objects.get().text == "Come late"


def test_the_same_name_given_twice_at_once_is_a_sentence_at_the_field(client, monkeypatch):
    client.force_login(make_administrator())
    monkeypatch.setattr("messaging.writing.forms.TemplateForm.clean_name", lambda form: form.cleaned_data["name"])
    monkeypatch.setattr("portal.access.forms.NewProfileForm.clean_name", lambda form: form.cleaned_data["name"])
    for address, values in [
        (reverse("messaging:new-template"), {"name": "Snow", "occasion": "other", "text": "Stay at home"}),
        (reverse("profiles"), {"name": "Office"}),
    ]:
        assert client.post(address, values).status_code == 302
        assert list(client.post(address, values).context["form"].errors) == ["name"]
