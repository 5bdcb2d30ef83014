from django.urls import reverse

from portal.school.models import SchoolSetting

CASES = "/application-setup/registrations/"


def said(response):
    return response.content.decode()


def decide(client, name, registration, shown=None):
    """The press of a button of a case as the page shows it now, or as it was shown before; what the page says then."""
    if shown is None:
        cases = [r for cause in client.get(CASES).context["causes"] for r in cause.registrations]
        shown = next((case.shown for case in cases if case.pk == registration.pk and hasattr(case, "shown")), "")
    response = client.post(reverse(f"registration:{name}", args=[registration.pk]), {"shown": shown}, follow=True)
    registration.refresh_from_db()
    return said(response)


def numbers(response):
    """{state: how many} of the states somebody is in."""
    return {state: number for state, number, _ in response.context["states"] if number}


def no_seconds_to_undo():
    SchoolSetting.objects.update_or_create(name="undo_seconds", defaults={"value": 0})
