"""What the columns of a file hold: found by their headings, in English and in Chinese, and by what the school said before.

Two kinds of table are known: our own, a row a person, and a school's list of pupils with their contacts in columns.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.people.models import KnownColumn
from portal.people.typed import key

from .problems import Problem, refuse

PEOPLE, PUPILS = "people", "pupils"
# {table: what it is called}
TABLES = {PEOPLE: gettext_lazy("a row for each person"), PUPILS: gettext_lazy("a row for each pupil, contacts beside")}

_FATHER, _MOTHER = ["父亲", "父親", "爸爸", "father"], ["母亲", "母親", "妈妈", "媽媽", "mother"]
_GUARDIAN = [
    "监护人",
    "監護人",
    "监护人1",
    "監護人1",
    "家长",
    "家長",
    "家长1",
    "家長1",
    "guardian",
    "parent",
    "parent 1",
]
_SECOND = ["监护人2", "監護人2", "家长2", "家長2", "联系人", "聯絡人", "parent 2", "guardian 2"]
# {contact of a pupil: (how headings begin, what it is to the pupil where nothing else is said)}
CONTACTS = {
    "father": (_FATHER, "father"),
    "mother": (_MOTHER, "mother"),
    "guardian": (_GUARDIAN, "guardian"),
    "second": (_SECOND, "guardian"),
}
_NAME = ["姓名", "名字", "", " name"]
_MOBILE = [
    "手机",
    "手機",
    "手机号",
    "手機號",
    "手机号码",
    "手機號碼",
    "电话",
    "電話",
    "联系电话",
    "聯絡電話",
    "联系方式",
    "电话号码",
    " mobile",
    " phone",
]
_EMAIL = ["邮箱", "電郵", "电子邮箱", "电子邮件", "電子郵件", "邮件", " email", " e-mail"]
_KIND = ["关系", "關係", "与学生关系", "與學生關係", "身份", " relation", " relationship"]

_ALIASES = {
    PEOPLE: {
        "reference": ["编号", "編號", "人员编号", "id"],
        "roles": ["role", "身份", "角色", "类别"],
        "given_name": ["given name", "first name", "forename", "名", "名字"],
        "family_name": ["family name", "last name", "surname", "姓", "姓氏"],
        "chinese_name": ["chinese name", "姓名", "中文名", "中文姓名"],
        "email": ["e-mail", "邮箱", "电子邮箱", "电子邮件", "電郵", "電子郵件"],
        "mobile": ["mobile number", "phone", "手机", "手機", "手机号", "手机号码", "手機號碼", "电话", "電話"],
        "language": ["语言", "語言"],
        "groups": ["群组", "群組", "分组", "班级", "班級", "班別"],
        "pupils": ["children", "学生", "學生", "子女"],
        "leaving_on": ["leaving on", "last day", "leaving date", "离校日期", "離校日期", "离职日期", "離職日期"],
        "birth_year": ["birth year", "year of birth", "出生年份", "出生年", "出生年度"],
    },
    PUPILS: {
        "pupil_reference": [
            "学号",
            "學號",
            "学籍号",
            "學籍號",
            "学生编号",
            "學生編號",
            "student number",
            "student id",
            "pupil number",
            "reference",
        ],
        "pupil_name": ["姓名", "学生姓名", "學生姓名", "name", "pupil", "pupil name", "student name"],
        "year": ["年级", "年級", "grade"],
        "form": ["班级", "班級", "班別", "班", "行政班", "class"],
        "pupil_mobile": ["学生手机", "學生手機", "学生电话", "学生手机号", "学生手机号码"],
        "pupil_email": ["学生邮箱", "學生電郵", "学生电子邮箱"],
        "leaving_on": ["离校日期", "離校日期", "leaving date", "last day"],
        "birth_year": ["birth year", "year of birth", "出生年份", "出生年", "出生年度"],
    }
    | {
        f"{contact}_{what}": [begin + end for begin in beginnings for end in endings]
        for contact, (beginnings, _kind) in CONTACTS.items()
        for what, endings in (("name", _NAME), ("mobile", _MOBILE), ("email", _EMAIL), ("kind", _KIND))
    },
}
MEANINGS = {
    table: {key(heading): meaning for meaning, headings in aliases.items() for heading in [meaning, *headings]}
    for table, aliases in _ALIASES.items()
}
NEEDED = {PEOPLE: ["reference", "roles"], PUPILS: ["pupil_reference", "pupil_name"]}
# Chinese lists hold them, and the portal has no use for them.
_LEFT_OUT = {
    key(heading)
    for heading in [
        "序号", "序號", "性别", "性別", "民族", "身份证号", "身份證號", "身份证号码", "住址", "家庭住址", "出生日期",
        "备注", "備註", "籍贯", "政治面貌", "入学日期", "problem", "问题", "問題", "no", "gender", "sex", "address", "remarks",
    ]
}  # fmt: skip


@dataclass
class Columns:
    table: str
    row: int  # of the headings
    headings: list[str]
    meanings: list[str]  # one of MEANINGS for each, "" for what is left out

    def unknown(self):
        """Headings nobody has said anything of."""
        return [h for h, m in zip(self.headings, self.meanings, strict=True) if h and not m and key(h) not in _LEFT_OUT]

    def problems(self, needed=()):
        """What keeps the file from being read so, in sentences; `needed` are further columns that must be there."""
        given = [meaning for meaning in self.meanings if meaning]
        missing = [m for m in dict.fromkeys([*NEEDED[self.table], *needed]) if m not in given]
        if self.table == PEOPLE and not {"given_name", "chinese_name", "family_name"} & {*given, *missing}:
            missing.append("given_name")
        missing = [self._name_of(meaning) for meaning in missing]
        twice = sorted({self._name_of(meaning) for meaning in given if given.count(meaning) > 1})
        if missing:
            yield _("The file lacks the column %(columns)s.") % {"columns": ", ".join(missing)}
        if twice:
            yield _("The file has the column %(columns)s twice.") % {"columns": ", ".join(twice)}

    def _name_of(self, meaning):
        """As one writes it over the column of our own table; of others in words."""
        return meaning if self.table == PEOPLE else str(WORDS[meaning])


def choose(table, headings, row=1):
    known = MEANINGS[table] | dict(KnownColumn.objects.filter(table=table).values_list("heading", "meaning"))
    return Columns(table, row, headings, [known.get(key(heading), "") for heading in headings])


def match(headings, row=1):
    """Columns of these headings, as the kind of table in which more of them are known."""
    return max((choose(table, headings, row) for table in TABLES), key=_known)


def _known(columns):
    return sum(map(bool, columns.meanings)) + (columns.table == PEOPLE) / 2


def find(lines):
    """Columns by the first rows of a table. Raises ImportRefused where there are none, or two rows of them."""
    rows = [(number, cells) for number, cells in lines if cells]
    if not rows:
        refuse([Problem(0, "", _("The file is empty."))])
    found = [match([cell.strip() for cell in cells], number) for number, cells in rows]
    best = max(found, key=lambda columns: (sum(map(bool, columns.meanings)), -columns.row))
    again = [other.row for other in found if other.row != best.row and _looks_like_headings(other)]
    if again:
        sentence = _("There are two rows of headings, %(one)s and %(other)s. Leave one of them.")
        one, other = sorted([best.row, again[0]])
        refuse([Problem(0, "", sentence % {"one": one, "other": other})])
    return best


def _looks_like_headings(columns):
    filled = [heading for heading in columns.headings if heading]
    known = sum(map(bool, columns.meanings))
    return known >= 2 and known * 2 > len(filled)


def remember(columns):
    """What somebody said of columns, for the next file of the school."""
    for heading, meaning in zip(columns.headings, columns.meanings, strict=True):
        if heading and MEANINGS[columns.table].get(key(heading), "") != meaning:
            KnownColumn.objects.update_or_create(
                table=columns.table, heading=key(heading)[:200], defaults={"meaning": meaning}
            )


WORDS = {
    "reference": gettext_lazy("reference"),
    "roles": gettext_lazy("roles"),
    "given_name": gettext_lazy("given name"),
    "family_name": gettext_lazy("family name"),
    "chinese_name": gettext_lazy("Chinese name"),
    "email": gettext_lazy("e-mail"),
    "mobile": gettext_lazy("mobile"),
    "language": gettext_lazy("language"),
    "groups": gettext_lazy("groups"),
    "pupils": gettext_lazy("pupils of a contact"),
    "leaving_on": gettext_lazy("last day"),
    "birth_year": gettext_lazy("birth year"),
    "pupil_reference": gettext_lazy("pupil’s number (reference)"),
    "pupil_name": gettext_lazy("pupil’s name"),
    "year": gettext_lazy("year"),
    "form": gettext_lazy("form"),
    "pupil_mobile": gettext_lazy("pupil’s mobile"),
    "pupil_email": gettext_lazy("pupil’s e-mail"),
    "father_name": gettext_lazy("father’s name"),
    "father_mobile": gettext_lazy("father’s mobile"),
    "father_email": gettext_lazy("father’s e-mail"),
    "father_kind": gettext_lazy("father: relationship"),
    "mother_name": gettext_lazy("mother’s name"),
    "mother_mobile": gettext_lazy("mother’s mobile"),
    "mother_email": gettext_lazy("mother’s e-mail"),
    "mother_kind": gettext_lazy("mother: relationship"),
    "guardian_name": gettext_lazy("guardian’s name"),
    "guardian_mobile": gettext_lazy("guardian’s mobile"),
    "guardian_email": gettext_lazy("guardian’s e-mail"),
    "guardian_kind": gettext_lazy("guardian: relationship"),
    "second_name": gettext_lazy("second guardian’s name"),
    "second_mobile": gettext_lazy("second guardian’s mobile"),
    "second_email": gettext_lazy("second guardian’s e-mail"),
    "second_kind": gettext_lazy("second guardian: relationship"),
}
