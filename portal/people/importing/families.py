"""A school's list of pupils, one row each, with their contacts in columns: read as a row for each of these people.

A contact has no reference there. One that is known keeps theirs: a contact of this pupil of the same name, or of the same
number and kind. Otherwise who has the same number and the same name is one person, so that siblings share their parents;
the page asks. Whoever is left gets the pupil's reference with a letter behind it. A father or mother whom the list
names otherwise, by name and number, is proposed to be that no more.
"""

from collections import defaultdict
from contextlib import closing

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.people.models import Group, Person, Relationship
from portal.people.names import is_chinese
from portal.people.phones import parse_mobile
from portal.people.texts import check_email
from portal.people.typed import plain

from .bulk import parts_of
from .columns import CONTACTS
from .contacts import AT_ONCE, Contact, Contacts
from .excerpt import flags_of
from .problems import Problem
from .remembered import check_name, key
from .rows import READERS, Row, check_pupils_birth_year, named, read_cell

_LETTERS = {"father": "F", "mother": "M", "guardian": "G", "second": "H"}
_KINDS = {
    key(word): kind
    for kind, words in {
        "father": ["father", "父亲", "父親", "爸爸", "父", "父子", "父女"],
        "mother": ["mother", "母亲", "母親", "妈妈", "媽媽", "母", "母子", "母女"],
        "guardian": ["guardian", "监护人", "監護人"],
        "other": [
            "other",
            "其他",
            "祖父",
            "祖母",
            "外祖父",
            "外祖母",
            "爷爷",
            "奶奶",
            "外公",
            "外婆",
            "姥姥",
            "姥爷",
            "叔叔",
            "阿姨",
            "亲属",
        ],
    }.items()
    for word in words
}
# Of these a pupil has one in a list: another one there takes the place of whom the directory has.
_ONE_EACH = ("father", "mother")
_FRESH = {"may_receive_messages": True, "may_see_data": True}


def rows_of(lines, meanings, apart=()):
    """A Row of each pupil, then of each contact. `apart`: references of contacts who are no other pupil's."""
    with closing(Contacts()) as contacts:
        for part in parts_of(((number, cells) for number, cells in lines if cells), AT_ONCE):
            read = [_read(number, dict(zip(meanings, cells, strict=False))) for number, cells in part]
            contacts.add([contact for _row, found in read for contact in found])
            yield from (row for row, _found in read)
        _find_references(contacts, {key(reference) for reference in apart})
        yield from _rows_of_contacts(contacts)


# --- one row of the file ---


def _read(number, cells):
    """The pupil's Row and the Contacts beside; what is wrong of any of them is wrong with the whole row."""
    cells.pop("", None)
    row = Row(number, fields={"is_pupil": True}, kinds=(), names_all_pupils=False)
    for column, reader in _PUPIL.items():
        if column in cells:
            read_cell(row, column, cells[column], reader)
    if not (row.fields.get("chinese_name") or row.fields.get("given_name")) and not row.problems:
        row.problems.append(Problem(number, "pupil_name", _("The name is empty.")))
    check_pupils_birth_year(row)
    _set_groups(row, cells)
    contacts = [found for who in CONTACTS if (found := _contact(row, who, cells))]
    return row, [] if row.problems else contacts


def _set_groups(row, cells):
    """The year first: the form stands below it."""
    for kind in (Group.Kind.YEAR, Group.Kind.FORM):
        read_cell(row, kind.value, cells.get(kind, ""), _group(kind))
    row.kinds = tuple(group.kind for group in row.groups)


def _group(kind):
    def read_group(row, cell):
        name = " ".join(cell.split())
        if len(name) > 60:
            raise ValidationError(_("The name is longer than %(longest)s characters.") % {"longest": 60})
        if name:
            row.groups.append(named(kind, check_name(name), row.groups[0].name if row.groups else ""))

    return read_group


def _contact(row, who, cells):
    typed = {what: cells.get(f"{who}_{what}", "") for what in ("name", "mobile", "email", "kind")}
    if not any(text.strip() for what, text in typed.items() if what != "kind"):
        return None
    found = Row(row.number, fields={"is_contact": True})
    for what, reader in _CONTACT.items():
        read_cell(found, f"{who}_{what}", typed[what], reader)
    if not (found.fields.get("chinese_name") or found.fields.get("given_name")) and not found.problems:
        found.problems.append(Problem(row.number, f"{who}_name", _("The name is empty.")))
    kind = _KINDS.get(key(typed["kind"])) if typed["kind"].strip() else CONTACTS[who][1]
    if kind is None:
        sentence = _("A relationship is father, mother, guardian or other; here: “%(cell)s”.") % {"cell": typed["kind"]}
        found.problems.append(Problem(row.number, f"{who}_kind", sentence))
    row.problems += found.problems
    return Contact(row.number, row.reference, who, kind, found.fields) if kind and not found.problems else None


def _name(row, cell):
    """A name in one cell: in characters, or in letters as it stands."""
    column, longest = ("chinese_name", 40) if is_chinese(plain(cell).replace(" ", "")) else ("given_name", 80)
    if len(cell) > longest:
        raise ValidationError(_("The name is longer than %(longest)s characters.") % {"longest": longest})
    name = check_name(cell)
    if name:
        row.fields[column] = name.replace(" ", "") if column == "chinese_name" else name


def _mobile(row, cell):
    if cell:
        row.fields["mobile"] = parse_mobile(cell)


def _email(row, cell):
    if email := plain(cell):
        row.fields["email"] = check_email(email)


_PUPIL = {
    "pupil_reference": READERS["reference"],
    "pupil_name": _name,
    "pupil_mobile": _mobile,
    "pupil_email": _email,
    "leaving_on": READERS["leaving_on"],
    "birth_year": READERS["birth_year"],
}
_CONTACT = {"name": _name, "mobile": _mobile, "email": _email}


# --- whose contact is whom ---


def _find_references(contacts, apart):
    """Give each its reference; those there are first, so that it matters nothing who stands above whom in the file."""
    for part in contacts.by_rows():
        ones: dict = {}
        contacts.replace(_find_known(part, ones))
        contacts.save(part, ones)
    for part in contacts.without_reference():
        ones = contacts.ones_of(part)
        _find_by_number_and_name(part, ones)
        taken = _taken(part, contacts)
        for contact in part:
            known = ones.get(contact.identity)
            if known and key(known) not in apart:
                contact.reference, contact.joined = known, True
            else:
                contact.reference = _make(contact, taken, contacts)
                if contact.identity:
                    ones.setdefault(contact.identity, contact.reference)
        contacts.save(part, ones)


def _find_known(part, one):
    """[(reference of a contact on record, who takes their place)] of those who are there no more."""
    links = defaultdict(list)
    keys = {key(contact.pupil) for contact in part}
    for link in Relationship.objects.filter(pupil__reference_key__in=keys).select_related("contact", "pupil"):
        links[link.pupil.reference_key].append(link)
    for contact in part:
        theirs = links[key(contact.pupil)]
        same = [link for link in theirs if key(link.contact.name) == contact.name] or [
            link
            for link in theirs
            if link.kind == contact.kind and link.contact.mobile and link.contact.mobile == contact.fields.get("mobile")
        ]
        if same:
            contact.reference, contact.flags = same[0].contact.reference, flags_of(same[0])
            if contact.identity:
                one[contact.identity] = contact.reference
    named = {(key(contact.pupil), key(contact.reference)) for contact in part}
    replaced = []
    for contact in part:
        pupil = key(contact.pupil)
        before = [link for link in links[pupil] if link.kind == contact.kind and contact.kind in _ONE_EACH]
        gone = [link for link in before if (pupil, key(link.contact.reference)) not in named]
        if not contact.reference and len(gone) == 1:
            replaced.append((gone[0].contact.reference, contact))
    return replaced


def _find_by_number_and_name(part, one):
    mobiles = {contact.fields["mobile"] for contact in part if contact.identity}
    for person in Person.objects.filter(mobile__in=mobiles, is_contact=True).order_by("-pk"):
        one.setdefault((person.mobile, key(person.name)), person.reference)


def _taken(part, contacts):
    wanted = {key(_made(contact)) for contact in part}
    there = set(Person.everybody.filter(reference_key__in=wanted).values_list("reference_key", flat=True))
    return there | set(filter(contacts.are_named, wanted))


def _made(contact):
    return f"{contact.pupil[:36]}-{_LETTERS[contact.who]}"


def _make(contact, taken, contacts):
    """A reference that nobody has; `taken` are those of the first choices that somebody does."""
    made = reference = _made(contact)
    number = 1
    while key(reference) in taken or (number > 1 and _is_somebodys(key(reference), contacts)):
        number += 1
        reference = f"{made}{number}"
    taken.add(key(reference))
    return reference


def _is_somebodys(its_key, contacts):
    return contacts.are_named(its_key) or Person.everybody.filter(reference_key=its_key).exists()


def _rows_of_contacts(contacts):
    for same in contacts.by_reference():
        first = same[0]
        row = Row(first.row, fields={"reference": first.reference}, kinds=(), names_all_pupils=False)
        for contact in same:
            row.fields |= contact.fields
            row.pupils[contact.pupil] = contact.flags or {"kind": contact.kind, **_FRESH}
        mobiles = {contact.fields["mobile"] for contact in same if contact.fields.get("mobile")}
        if len(mobiles) > 1 or len({contact.name for contact in same}) > 1:
            sentence = _("Rows %(rows)s name one person with two numbers or names. Write the same one.")
            rows = ", ".join(str(contact.row) for contact in same)
            row.problems.append(Problem(first.row, f"{first.who}_mobile", sentence % {"rows": rows}))
        row.joins = any(contact.joined for contact in same)
        _end(row, contacts.pupils_taken_from(first.reference))
        yield row
    for reference, number in contacts.replaced_and_not_named():
        row = Row(number, fields={"reference": reference}, kinds=(), names_all_pupils=False)
        _end(row, contacts.pupils_taken_from(reference))
        yield row


def _end(row, pupils):
    """The person of the row is a contact of these pupils no more, for somebody else is now."""
    row.pupils = dict.fromkeys(pupils) | row.pupils
