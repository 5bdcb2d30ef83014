"""A report is searched and narrowed down; a row says what tells two people apart."""

import pytest

from messaging.demo import make_message
from messaging.sending.preparing import prepare
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration

from .desk import address, registered, said

pytestmark = pytest.mark.django_db
CONTACTS = {"include": [{"role": "contacts"}]}


@pytest.fixture
def message(sender):
    """The Zhangs of two forms, and a teacher who is a parent."""
    for name, form, reference in (("Ming", "7A", "C1"), ("Lan", "9B", "C2")):
        pupil = make_person("pupil", given_name=name, family_name="Zhang")
        make_group("form", form, members=[pupil])
        parent = make_person("contact", given_name="Wei", family_name="Zhang", reference=reference)
        relate(parent, pupil)
        make_registration(parent)
    make_person("staff", given_name="Teacher", is_contact=True)
    message = make_message(sender, rule=CONTACTS)
    prepare(message.pk)
    message.refresh_from_db()
    return message


def found(client, message, text="", **asked):
    response = (
        client.post(address("message", message), {"q": text}, query_params=asked)
        if text
        else client.get(address("message", message), asked)
    )
    return sorted(delivery.person.reference for delivery in response.context["page"].rows)


def test_a_family_is_found_by_name_child_and_reference_in_any_spelling(client, message):
    assert found(client, message, "ZHĀNG") == ["C1", "C2"]
    assert found(client, message, "ming") == ["C1"]
    assert found(client, message, "c2") == ["C2"]
    assert found(client, message, "nobody") == []


def test_it_is_narrowed_down_by_form_role_and_state(client, message):
    form = str(make_group("form", "7A").pk)
    assert found(client, message, form=form) == ["C1"]
    assert len(found(client, message, role="staff")) == 1
    assert found(client, message, show="waiting", role="contacts") == ["C1", "C2"]
    assert found(client, message, "zhang", form=form) == ["C1"], "words and filters together"
    assert len(found(client, message, form="nonsense", role="x", show="y")) == 3


def test_a_row_tells_two_of_one_name_apart(client, message):
    html = said(client.get(address("message", message)))
    for fact in ("C1", "C2", "Ming", "Lan"):
        assert fact in html


def test_what_is_searched_stands_in_no_address_and_its_next_page_is_posted(client, sender):
    registered(60, family_name="Zhang")
    message = make_message(sender, rule=CONTACTS)
    prepare(message.pk)
    first = client.post(address("message", message), {"q": "zhang"})
    older = first.context["page"].older
    assert len(first.context["page"].rows) == 50 and "q=zhang" not in said(first)
    assert f'name="before" value="{older}"' in said(first)
    rest = client.post(address("message", message), {"q": "zhang", "before": older})
    assert len(rest.context["page"].rows) == 10
    # A search begun on a later page begins with its own first one.
    again = client.post(address("message", message) + f"?before={older}", {"q": "zhang"})
    assert len(again.context["page"].rows) == 50


def test_who_is_not_among_them_is_offered_too(client, message):
    cook = make_person("staff", given_name="Cook")
    html = said(client.post(address("message", message), {"q": "cook"}))
    assert f"/messaging/{message.pk}/people/{cook.pk}/" in html


def test_the_table_holds_what_the_page_shows(client, message):
    response = client.get(address("export", message), {"role": "staff"})
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 2 and "Teacher" in lines[1]
    whole = b"".join(client.get(address("export", message)).streaming_content).decode()
    assert "Ming Zhang" in whole


def test_at_most_three_presses_from_the_dashboard(client, message, all_of_us_work):
    """The message, the search, the row."""
    home = said(client.get("/"))
    assert address("message", message) in home
    report = client.get(address("message", message))
    assert 'name="q"' in said(report)
    result = client.post(address("message", message), {"q": "ming"})
    row = f"/messaging/{message.pk}/people/{result.context['page'].rows[0].person.pk}/"
    assert f'href="{row}"' in said(result)
    assert "Did they get it?" in said(client.get(row))
