"""The parts that stand on many pages (portal/templatetags/look.py)."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from portal.people.models import Person


def said(template, **values):
    html = Template("{% load i18n look %}" + template).render(Context(values))
    return " ".join(html.split())


def test_a_button_that_posts_is_a_form_with_the_token_and_what_the_page_had_sealed():
    html = said(
        '{% post_button _("Stop") "messaging:stop" 7 once=True shown=sealed %}', sealed='a"b', csrf_token="t0ken"
    )
    assert 'method="post" action="/messaging/7/stop/"' in html
    assert '<input type="hidden" name="csrfmiddlewaretoken" value="t0ken">' in html
    assert '<input type="hidden" name="shown" value="a&quot;b">' in html
    assert 'class="button button-plain" data-once >Stop</button>' in html


def test_a_button_that_posts_says_which_one_it_is():
    html = said('{% post_button "Delete" "messaging:stop" 7 kind="link" aria_label=name %}', name="Delete <b>")
    assert 'class="link" aria-label="Delete &lt;b&gt;"' in html and "data-once" not in html and "shown" not in html


def test_a_table_has_a_caption_and_escapes_it():
    html = said("{% table name %}<tr><td>{{ name }}</td></tr>{% endtable %}", name="<i>")
    assert '<table class="stacked"><caption class="sr-only">&lt;i&gt;</caption><tr><td>&lt;i&gt;</td></tr>' in html


def test_a_cell_of_blanks_alone_is_empty_so_that_a_phone_shows_no_label_beside_nothing():
    cells = '<td class="a" data-label="Code">\n  {% if code %}<b>{{ code }}</b>{% endif %}\n</td><th> </th><td> x </td>'
    html = said('{% table "t" %}' + cells + "{% endtable %}", code="")
    assert '<td class="a" data-label="Code"></td><th></th><td> x </td>' in html
    assert '<td class="a" data-label="Code"> <b>&lt;</b> </td>' in said(
        '{% table "t" %}' + cells + "{% endtable %}", code="<"
    )


def test_a_table_without_rows_says_so_and_what_to_do_next():
    html = said('{% no_rows 3 "Nothing yet." "messaging:new" "Write" %}')
    assert '<td colspan="3"> Nothing yet. <a href="/messaging/new/">Write</a> </td>' in html
    assert "<a" not in said('{% no_rows 3 "Nothing yet." %}')


def test_two_of_one_name_are_told_apart():
    one, two = (Person(given_name="Fang", family_name="Wang", reference=reference) for reference in ("C1", "C2"))
    assert said("{% person one %}", one=one) != said("{% person two %}", two=two)
    assert "Fang Wang" in said("{% person one %}", one=one)


@pytest.mark.parametrize(("path", "is_here"), [("/help/", True), ("/", False)])
def test_the_menu_marks_the_page_one_is_on(path, is_here):
    html = said('{% menu_link "help" "Help" "How to" %}', request=RequestFactory().get(path))
    assert ('aria-current="page"' in html) == is_here and "Help<small>How to</small></a>" in html


def test_a_part_of_a_whole():
    assert said("{% pair 3 5 %}") == "3 of 5"
