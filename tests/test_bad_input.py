"""What nobody means and somebody sends: a sentence, a refusal, never a fault."""

import io
import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Message, SavedAudience
from portal.access.demo import make_administrator, make_sign_in, make_viewing
from portal.logs import Refusals
from portal.people.demo import make_person
from portal.reading import read_address, read_id, read_ids
from wechat_admin.account import qr
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
NUL = "\0"


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


# --- ids ---


@pytest.mark.parametrize("text", ["", None, "x", "-1", "1.0", "٣", "9" * 19, "9" * 5000, NUL, "1 "])
def test_what_is_no_id_is_none(text):
    assert read_id(text) is None


def test_ids_are_read_each_once():
    assert read_ids(["7", 7, "x", None, "9" * 5000]) == {7}


@pytest.mark.parametrize(
    "address",
    [
        "/messaging/new/?template={}",
        "/messaging/templates/new/?from={}",
        "/messaging/?before={}",
        "/messaging/{}/edit/",
        "/accounts-profiles/profiles/{}/",
        "/application-setup/registrations/?group={}",
        "/application-setup/invitations/hand-outs/?form={}",
    ],
)
@pytest.mark.parametrize("nonsense", ["9" * 19, "9" * 4000, "9" * 5000])
def test_an_absurd_number_in_an_address_leads_to_no_fault(client, administrator, address, nonsense):
    assert client.get(address.format(nonsense)).status_code < 500


# --- addresses ---


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("https://school.example/a", "https://school.example/a"),
        ("Https://school.example/a", "https://school.example/a"),
        ("HTTPS://SCHOOL.EXAMPLE/a", "https://SCHOOL.EXAMPLE/a"),
        (" http://school.example:8080/a?b=c#d ", "http://school.example:8080/a?b=c#d"),
        ("https://学校.example/通知", "https://学校.example/通知"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_an_address_is_taken_as_a_phone_writes_it(typed, read):
    assert read_address(typed) == read


ADDRESSES_THAT_LEAD_NOWHERE = [
    "https://",
    "http://",
    "https:// school.example",
    "https://school.example/a b",
    "https://[",
    "https://.",
    "https://-",
    "https:///a",
    "school.example",
    "javascript://school.example/%0aalert(1)",
    "ftp://school.example/a",
    "https://school.example/" + "a" * 2048,
]


@pytest.mark.parametrize("typed", ADDRESSES_THAT_LEAD_NOWHERE)
def test_an_address_that_leads_nowhere_is_refused_beside_its_field(client, administrator, typed):
    card = client.post(reverse("messaging:new"), {"do": "save", "kind": "textcard", "address": typed})
    assert list(card.context["form"].errors) == ["address"]
    assert card.context["form"]["address"].value() == typed and not Message.objects.exists()
    draft = make_message(administrator, status=Message.Status.DRAFT)
    article = client.post(reverse("messaging:articles", args=[draft.pk]), {"title": "T", "address": typed})
    assert list(article.context["form"].errors) == ["address"]


@pytest.mark.parametrize("path", ["/language/", "/theme/"])
@pytest.mark.parametrize("after", ["news", "dashboard", "//elsewhere.example/", "https:elsewhere", "\\elsewhere", NUL])
def test_a_switch_leads_back_to_an_address_of_ours_or_to_the_first_page(client, path, after):
    assert client.post(path, {"language": "en", "theme": "dark", "next": after}).url == "/"


def test_signing_in_leads_to_an_address_of_ours_or_to_the_first_page(client):
    user = make_sign_in(make_person("staff"), password="harbour-2026-long")
    values = {"username": user.username, "password": "harbour-2026-long", "next": "news"}
    assert client.post("/sign-in/", values).url == reverse("home")


# --- days and times ---


@pytest.mark.parametrize(
    "typed",
    ["0001-01-01T00:00", "0000-01-01T00:00", "9999-12-31T23:59", "2999-01-01T08:00", "2026-13-01T00:00", "soon"],
)
def test_a_time_that_cannot_be_meant_is_named_beside_its_field(client, administrator, typed):
    response = client.post(reverse("messaging:new"), {"do": "save", "text": "Hello", "when": typed})
    assert list(response.context["form"].errors) == ["when"]
    assert "Hello" in response.content.decode() and not Message.objects.exists()


# --- NUL ---


@pytest.mark.parametrize("role", ["nobody", "administrator"])
@pytest.mark.parametrize(
    "path",
    [
        "/messaging/picture/%00.jpg",
        "/choose-password/%00/%00/",
        "/help/%00/",
        "/messaging/?before=%00",
        "/application-setup/registrations/?by=%00&group=%00",
        "/sign-in/?next=%00",
        "/application-setup/registrations/people/?progress=%00",
    ],
)
def test_a_nul_in_an_address_is_refused(client, role, path):
    if role == "administrator":
        client.force_login(make_administrator())
    assert client.get(path).status_code in (400, 404)


def test_a_nul_in_a_cookie_is_refused(client):
    client.cookies["sessionid"] = "\\000aaaaaaaaaaaa"
    client.cookies["sessionid"].set("sessionid", NUL + "a" * 12, '"\\000aaaaaaaaaaaa"')
    assert client.get("/my-details/").status_code == 400


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/people/", {"q": "Li" + NUL}),
        ("/accounts-profiles/accounts/", {"q": NUL}),
        ("/accounts-profiles/profiles/", {"name": "Office" + NUL}),
        ("/application-setup/school/", {"office_contact": "Room" + NUL}),
        ("/messaging/new/", {"do": "find", "q": NUL}),
        ("/messaging/new/", {"do": "save", "text": NUL + "Hello", "title": NUL}),
        ("/messaging/templates/new/", {"name": NUL + "Snow", "text": "x"}),
        ("/sign-in/", {"username": NUL, "password": NUL}),
        ("/forgotten-password/", {"email": NUL + "@family.example"}),
    ],
)
def test_a_nul_in_a_field_is_no_fault(client, administrator, address, values):
    assert client.post(address, values).status_code < 500


# --- bodies ---


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml"])
def test_a_body_that_is_no_form_makes_no_empty_draft(client, administrator, kind):
    response = client.post("/messaging/new/", b'{"text": "Hello"', content_type=kind)
    assert response.status_code == 400 and not Message.objects.exists()
    assert client.post("/application-setup/school/", b"{}", content_type=kind).status_code == 400


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nHel'])
def test_a_form_that_did_not_come_whole_makes_no_draft(client, administrator, body):
    response = client.post("/messaging/new/", body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400 and not Message.objects.exists()


def test_a_multipart_body_without_its_boundary_is_refused(client, administrator):
    response = client.post("/messaging/new/", b"--x", content_type="multipart/form-data")
    assert response.status_code == 400


# --- codes ---


def picture_of(text):
    return SimpleUploadedFile("qr.png", qr_png(text))


def qr_png(text):
    import qrcode

    data = io.BytesIO()
    qrcode.make(text, box_size=4, error_correction=qrcode.constants.ERROR_CORRECT_L).get_image().convert("RGB").save(
        data, "PNG"
    )
    return data.getvalue()


@pytest.mark.parametrize(
    "text", ["https://[", "https://", "WIFI:S:school;;", "x" * 2900, "https://a.example/" + "x" * 2880]
)
def test_a_code_that_leads_nowhere_is_refused_beside_its_field(client, administrator, text):
    make_account()
    response = client.post(
        reverse("wechat-administration"),
        {"version": 0, "corporation_id": "ww5c4001516a7042d1", "qr_code": picture_of(text)},
    )
    assert response.status_code == 200 and "qr_code" in response.context["form"].errors


def test_of_two_codes_the_one_that_leads_somewhere_is_drawn():
    long = "https://school.example/" + "a" * 2000
    assert qr.draw_qr(long)


# --- audiences ---


def keep(client, **values):
    return client.post(reverse("messaging:new"), {"do": "audience"} | values)


def test_an_audience_is_not_kept_as_itself(client, administrator):
    keep(client, roles=["contacts"], **{"audience-name": "Parents"})
    kept = SavedAudience.objects.get()
    response = keep(client, audiences=[kept.pk], **{"audience-name": "Parents"})
    assert list(response.context["audience"].errors) == ["name"] and "Parents" in response.content.decode()
    kept.refresh_from_db()
    assert kept.rule == {"include": [{"role": "contacts"}]}


def test_an_audience_of_the_same_name_is_replaced_by_a_second_press_only(client, administrator):
    keep(client, roles=["contacts"], **{"audience-name": "Parents"})
    asked = keep(client, roles=["staff"], **{"audience-name": "parents"})
    assert SavedAudience.objects.get().rule == {"include": [{"role": "contacts"}]}
    replaces = asked.context["audience"]["replaces"].value()
    keep(client, roles=["staff"], **{"audience-name": "parents", "audience-replaces": replaces})
    assert [(a.name, a.rule) for a in SavedAudience.objects.all()] == [("Parents", {"include": [{"role": "staff"}]})]


@pytest.mark.parametrize("values", [{"roles": ["staff"], "audience-name": " "}, {"audience-name": "Nobody"}])
def test_an_audience_of_nobody_or_without_a_name_is_not_kept(client, administrator, values):
    assert list(keep(client, **values).context["audience"].errors) == ["name"]
    assert not SavedAudience.objects.exists()


# --- sessions and logs ---


def test_a_password_changed_elsewhere_while_viewing_as_somebody_leads_to_signing_in(client, administrator):
    session = client.session
    session.update(make_viewing(make_sign_in(make_person("contact")), by=administrator))
    session.save()
    administrator.set_password("another-password-2026")
    administrator.save()
    response = client.get("/my-details/")
    assert response.status_code == 302 and response.url.startswith("/sign-in/")


def logged(address, client):
    """What a request writes into the log."""
    handler = next(h for h in logging.root.handlers if any(isinstance(f, Refusals) for f in h.filters))
    written, before = io.StringIO(), handler.stream
    handler.setStream(written)
    try:
        client.get(address)
    finally:
        handler.setStream(before)
    return written.getvalue()


def test_a_refusal_is_a_line_in_the_log_and_no_traceback(client):
    client.force_login(make_sign_in(make_person("staff")))
    for address in ("/audit/", "/messaging/?before=%00"):
        lines = logged(address, client)
        assert lines.count("\n") == 1 and "Traceback" not in lines


def test_a_fault_keeps_its_traceback(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("portal.views.panels.render", lambda *args: 1 / 0)
    client.force_login(make_administrator())
    assert "ZeroDivisionError" in logged("/", client)
