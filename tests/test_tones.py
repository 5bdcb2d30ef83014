"""A state says how it looks: the ground keeps no list of the floors' words."""

import re

from django.apps import apps
from django.template import Context, Template
from django.utils.translation import gettext_lazy as _

from portal.tones import States, Tone
from tests.checks import ROOT


class Light(States):
    GREEN = "green", Tone.OK, _("go")
    GREY = "grey", _("off")


def pill(tag, **context):
    return Template("{% load look %}" + tag).render(Context(context))


def test_a_state_brings_its_tone_and_its_words():
    assert (Light.GREEN.tone, Light.GREEN.label, Light.GREEN.value) == (Tone.OK, "go", "green")
    html = pill("{% status light %}", light=Light("green"))
    assert "pill-ok" in html and "go" in html and "✓" in html
    assert "pill-plain" in pill("{% status light %}", light=Light.GREY)


def test_a_page_without_a_state_names_the_tone_and_the_words():
    assert "pill-warn" in pill('{% status "warn" "to do" %}')


def test_a_state_is_stored_as_before():
    assert Light.choices == [("green", "go"), ("grey", "off")] and str(Light.GREEN) == "green"


def test_no_state_of_a_floor_stands_in_the_ground():
    words = {
        value
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in ("state", "status", "problem") and field.choices
        for value, _label in field.flatchoices
    }
    ground = "".join(path.read_text() for path in (ROOT / "portal").glob("templatetags/*.py"))
    assert not words & set(re.findall(r'"([\w ]+)"', ground)) - {"ok", "bad"}
