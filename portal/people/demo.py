"""Builders of people, for the demo and the tests, and the demo's invented school."""

import itertools
import random
import unicodedata
from datetime import timedelta

from django.utils import timezone

from .birth_years import surely
from .models import Group, Membership, Person, Relationship
from .roles import Role

PREFIX = "DEMO-"
_numbers = itertools.count(10_001)  # of one length, so that names made one after the other stand so in lists


def make_person(role="staff", *, last_day=None, **fields):
    """A person of one role ("staff", "contact", "pupil") until `last_day`; further roles as fields."""
    number = next(_numbers)
    defaults = {
        "reference": f"{role[0].upper()}{number:05}",
        "given_name": "Alex",
        "family_name": f"Person{number}",
        "mobile": f"+861300001{number % 10000:04}",
        "language": "en",
        Role[role.upper()].column: True,
        Role[role.upper()].last_day: last_day,
    }
    if defaults.get("is_pupil"):
        defaults["birth_year"] = surely(14)  # one whom nobody has to ask a guardian about
    return Person.objects.create(**defaults | fields)


def leave(*people, last_day=None):
    """They leave the school; yesterday was their last day where none is given."""
    day = last_day or timezone.localdate() - timedelta(days=1)
    Person.objects.filter(pk__in=[person.pk for person in people]).end(day)


def make_group(kind="year", name="Year 7", parent=None, members=()):
    group = Group.objects.filter(kind=kind, name=name, **({"parent": parent} if parent else {})).first()
    group = group or Group.objects.create(kind=kind, name=name, parent=parent)
    Membership.objects.bulk_create(
        [Membership(person=person, group=group) for person in members], ignore_conflicts=True
    )
    return group


def relate(contact, pupil, kind="mother", **flags):
    return Relationship.objects.create(contact=contact, pupil=pupil, kind=kind, **flags)


def is_demo_school():
    """Asked before the database is migrated too: of a column that every release has."""
    return not Person.everybody.exclude(reference__startswith=PREFIX).exists()


# --- the demo's school ---

STAFF, PUPILS = 60, 400
_CHINESE_FAMILIES = [
    "Wang 王",
    "Li 李",
    "Zhang 张",
    "Liu 刘",
    "Chen 陈",
    "Yang 杨",
    "Huang 黄",
    "Zhao 赵",
    "Wu 吴",
    "Zhou 周",
    "Xu 徐",
    "Sun 孙",
    "Ma 马",
    "Zhu 朱",
    "Hu 胡",
    "Guo 郭",
    "He 何",
    "Lin 林",
    "Gao 高",
    "Luo 罗",
    "Zheng 郑",
    "Liang 梁",
    "Xie 谢",
    "Song 宋",
    "Tang 唐",
    "Deng 邓",
    "Han 韩",
    "Feng 冯",
    "Cao 曹",
    "Peng 彭",
]
_CHINESE_GIRLS = [
    "Xiaoyu 晓雨",
    "Yutong 雨桐",
    "Zihan 梓涵",
    "Jiayi 佳怡",
    "Mengqi 梦琪",
    "Xinyi 欣怡",
    "Ruoxi 若曦",
    "Siyu 思雨",
    "Yichen 奕辰",
    "Kexin 可欣",
]
_CHINESE_BOYS = [
    "Haoran 浩然",
    "Zixuan 子轩",
    "Yuhang 宇航",
    "Junjie 俊杰",
    "Mingze 明泽",
    "Tianyi 天翊",
    "Bowen 博文",
    "Zhiyuan 志远",
    "Jiaming 家铭",
    "Ruichen 睿辰",
]
_CHINESE_MOTHERS = [
    "Li 丽",
    "Fang 芳",
    "Min 敏",
    "Jing 静",
    "Yan 燕",
    "Hui 慧",
    "Xia 霞",
    "Juan 娟",
    "Qian 倩",
    "Ying 颖",
]
_CHINESE_FATHERS = [
    "Wei 伟",
    "Jun 军",
    "Yong 勇",
    "Jie 杰",
    "Tao 涛",
    "Ming 明",
    "Chao 超",
    "Qiang 强",
    "Lei 磊",
    "Peng 鹏",
]
_FAMILIES = [
    "Taylor",
    "Brown",
    "Wilson",
    "Evans",
    "Thomas",
    "Roberts",
    "Walker",
    "Wright",
    "Green",
    "Hall",
    "Clarke",
    "Novak",
    "Rossi",
    "Müller",
    "Dubois",
    "García",
    "Silva",
    "Kim",
    "Tanaka",
    "Nguyen",
]
_GIRLS = ["Emily", "Sophie", "Olivia", "Chloe", "Grace", "Hannah", "Lucy", "Maya", "Zoe", "Clara"]
_BOYS = ["Jack", "Oliver", "Harry", "Leo", "Noah", "Daniel", "Lucas", "Adam", "Theo", "Samuel"]
_MOTHERS = ["Sarah", "Emma", "Laura", "Claire", "Helen", "Anna", "Marie", "Julia", "Nina", "Ruth"]
_FATHERS = ["James", "David", "Paul", "Mark", "Peter", "Andrew", "Martin", "Simon", "Thomas", "Michael"]
DEPARTMENTS = ["English", "Chinese", "Mathematics", "Science", "Humanities", "Arts", "Sport", "School office"]
YEARS = range(7, 14)
OF_FOURTEEN = 10  # the first year in which everybody is


class _School:
    """The same school on every machine: one seed."""

    def __init__(self):
        self.random = random.Random(2026)
        self.chinese_numbers = (f"+861300000{n:04}" for n in itertools.count(1))
        # Ranges reserved for fiction: Ofcom's 07700 900xxx, then North America's 555-01xx.
        british = (f"+447700900{n:03}" for n in range(1000))
        american = (f"+1{area}55501{n:02}" for area in (202, 212, 213, 312, 415, 617) for n in range(100))
        self.other_numbers = itertools.chain(british, american)
        self.counters = {"S": 0, "P": 0, "C": 0}
        self.people, self.relationships, self.memberships = [], [], []

    def reference(self, letter):
        self.counters[letter] += 1
        return f"{PREFIX}{letter}{self.counters[letter]:04}"

    def person(self, letter, given, family, *, mobile=True, **roles):
        (given, given_chinese), (family, family_chinese) = _halves(given), _halves(family)
        is_chinese = bool(family_chinese)
        reference = self.reference(letter)
        language = self.random.choice(["zh-hans", "zh-hans", "zh-hant"]) if is_chinese else "en"
        domain = {"S": "harbourbridge.example", "P": "pupils.harbourbridge.example", "C": "family.example"}[letter]
        person = Person(
            reference=reference,
            given_name=given,
            family_name=family,
            chinese_name=family_chinese + given_chinese,
            email=_ascii(f"{given}.{family}.{reference[-5:]}@{domain}".lower()),
            mobile=next(self.chinese_numbers if is_chinese else self.other_numbers) if mobile else "",
            language=language,
            **roles,
        )
        self.people.append(person)
        return person

    def build(self):
        teachers = [self._teacher() for _ in range(STAFF)]
        groups = self._groups()
        self._departments(teachers, groups)
        parents_who_teach = iter(teachers[10:16])
        while self.counters["P"] < PUPILS:
            self._family(groups, parents_who_teach)
        Person.objects.bulk_create(self.people)
        Relationship.objects.bulk_create(self.relationships)
        Membership.objects.bulk_create(self.memberships)

    def _teacher(self):
        if self.random.random() < 0.5:
            given = self.random.choice(_CHINESE_MOTHERS + _CHINESE_FATHERS)
            return self.person("S", given, self.random.choice(_CHINESE_FAMILIES), is_staff_member=True)
        given = self.random.choice(_MOTHERS + _FATHERS)
        return self.person("S", given, self.random.choice(_FAMILIES), is_staff_member=True)

    def _groups(self):
        groups: dict = {}
        for year in YEARS:
            groups[year] = Group.objects.create(kind=Group.Kind.YEAR, name=f"Year {year}")
            for letter in "ABC":
                groups[year, letter] = Group.objects.create(
                    kind=Group.Kind.FORM, name=f"{year}{letter}", parent=groups[year]
                )
        for name in DEPARTMENTS:
            groups[name] = Group.objects.create(kind=Group.Kind.DEPARTMENT, name=name)
        return groups

    def _departments(self, teachers, groups):
        for number, teacher in enumerate(teachers):
            group = groups[DEPARTMENTS[number % len(DEPARTMENTS)]]
            self.memberships.append(Membership(person=teacher, group=group))

    def _family(self, groups, parents_who_teach):
        dice = self.random.random()
        is_chinese = self.random.random() < 0.6
        family = self.random.choice(_CHINESE_FAMILIES if is_chinese else _FAMILIES)
        mother, father = (_CHINESE_MOTHERS, _CHINESE_FATHERS) if is_chinese else (_MOTHERS, _FATHERS)
        contacts: list[tuple] = [
            (self.person("C", self.random.choice(mother), family, is_contact=True), "mother", {}),
            (self.person("C", self.random.choice(father), family, is_contact=True), "father", {}),
        ]
        if dice < 0.06:  # separated: the father may not receive messages
            contacts[1] = (contacts[1][0], "father", {"may_receive_messages": False, "may_see_data": False})
        teacher = next(parents_who_teach, None) if dice > 0.9 else None
        if teacher:
            teacher.is_contact = True
            contacts.append((teacher, "guardian", {}))
        girls, boys = (_CHINESE_GIRLS, _CHINESE_BOYS) if is_chinese else (_GIRLS, _BOYS)
        for _ in range(1 + (self.random.random() < 0.28) + (self.random.random() < 0.06)):
            if self.counters["P"] >= PUPILS:
                break
            given = self.random.choice(self.random.choice([girls, boys]))
            pupil = self.person("P", given, family, mobile=self.random.random() < 0.8, is_pupil=True)
            year, letter = self.random.choice(list(YEARS)), self.random.choice("ABC")
            if self.counters["P"] % 10:  # of one in ten nobody has written it down
                pupil.birth_year = surely(14) + OF_FOURTEEN - year
            self.memberships += [Membership(person=pupil, group=groups[key]) for key in (year, (year, letter))]
            self.relationships += [
                Relationship(contact=contact, pupil=pupil, kind=kind, **flags) for contact, kind, flags in contacts
            ]


def _ascii(text):
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _halves(name):
    """ "Wang 王" → ("Wang", "王")."""
    western, _, chinese = name.partition(" ")
    return western, chinese


def fill(demo):
    if not Person.objects.exists():
        _School().build()
