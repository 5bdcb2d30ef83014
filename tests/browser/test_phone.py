"""Every page on a narrow phone: nothing is wider than it, no column is cut off unseen, no name is broken, and a finger
finds what it aims at."""

import pytest

from .test_pages import PAGES

# The narrowest phone there is, and a usual one.
WAYS = [("en", 320), ("zh-hant", 390)]
LONG_NAMES = """
from portal.people.models import Person
for number, person in enumerate(Person.objects.filter(user=None).order_by("pk")):
    if number % 7 == 0:
        person.given_name, person.family_name = "Wolfeschlegelsteinhausenbergerdorffs", "Featherstonehaugh-Cholmondeley"
        person.save()
    elif number % 7 == 1:
        person.chinese_name = "阿卜杜勒拉赫曼买买提江吐尔逊阿依古丽"
        person.save()
"""
NAMES = """
from portal.people.models import Person
print(*{name for name in Person.objects.values_list("chinese_name", flat=True) if 1 < len(name) < 5})
"""
WRONG = """names => {
  const width = document.documentElement.clientWidth, wrong = [];
  const said = (what, element) => wrong.push(`${what}: ${element.textContent.trim().slice(0, 40) || element.name}`);
  if (document.documentElement.scrollWidth > width) wrong.push(`wider than ${width}`);
  for (const cell of document.querySelectorAll("td, th")) {
    const at = cell.getBoundingClientRect(), box = cell.closest(".table-wrap");
    const isHidden = at.width <= 1 || cell.closest("thead")?.getBoundingClientRect().width <= 1;
    const first = cell.parentElement.firstElementChild;
    if (!isHidden && at.right > width + 1 && !(box && getComputedStyle(first).position === "sticky")) said("cut off", cell);
    if (!isHidden && cell.scrollWidth > cell.clientWidth + 1) said("flows over", cell);
  }
  for (const target of document.querySelectorAll("a, button, input, select, summary, textarea")) {
    const at = target.getBoundingClientRect(), isInText = getComputedStyle(target).display === "inline";
    if (at.width <= 1 || isInText || target.closest(".sr-only, .skip, label")) continue;
    if (at.width < 24 || at.height < 24) said("small", target);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) for (const found of texts.currentNode.data.matchAll(/[\u4e00-\u9fff]{2,4}/g)) {
    if (!names.includes(found[0])) continue;
    const range = document.createRange();
    range.setStart(texts.currentNode, found.index);
    range.setEnd(texts.currentNode, found.index + found[0].length);
    if (new Set([...range.getClientRects()].map(line => Math.round(line.top))).size > 1) wrong.push(`broken: ${found[0]}`);
  }
  return wrong;
}"""
# Of every list its first rows lead on, to the pages of one person, one message, one account.
LEADS_ON = (
    "[...document.querySelectorAll('main table a[href^=\"/\"]')].slice(0, 2).map(link => link.getAttribute('href'))"
)


@pytest.fixture(scope="module")
def names(linked_demo):
    linked_demo.shell(LONG_NAMES)
    return linked_demo.shell(NAMES).split()


@pytest.mark.parametrize(("language", "width"), WAYS)
def test_on_a_phone_everything_is_seen_whole(linked_demo, browser, names, language, width):
    wrong, walked = [], 0
    for role, addresses in PAGES.items():
        context = browser.new_context(viewport={"width": width, "height": 850}, is_mobile=True, has_touch=True)
        context.add_cookies([{"name": "django_language", "value": language, "url": linked_demo.portal}])
        page = context.new_page()
        if role:
            linked_demo.sign_in(page, role)
        rest, seen = list(addresses), set(addresses)
        while rest:
            address = rest.pop(0)
            page.goto(linked_demo.portal + address)
            wrong += [f"{role} {address}: {problem}" for problem in page.evaluate(WRONG, names)]
            walked += 1
            if address in addresses:
                further = set(page.evaluate(LEADS_ON)) - seen
                rest, seen = rest + sorted(further), seen | further
        context.close()
    assert wrong == [] and walked > sum(map(len, PAGES.values()))
