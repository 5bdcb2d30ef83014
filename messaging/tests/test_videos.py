"""What a telephone notes beside a film does not leave the school, and the film stays what it is."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging.kinds import KINDS, Kind
from messaging.material import files
from messaging.material.videos import without_what_was_noted

pytestmark = pytest.mark.django_db
PLACE = b"+22.2855+114.1577/"


def box(kind, *parts, length=None):
    body = b"".join(parts)
    return (len(body) + 8 if length is None else length).to_bytes(4, "big") + kind + body


FILM = box(b"mdat", b"pictures and sounds, udta among them")
TRACK = box(b"trak", box(b"tkhd", b"track"), box(b"udta", box(b"\xa9xyz", PLACE)))
NOTES = [box(b"udta", box(b"\xa9xyz", PLACE)), box(b"meta", b"\0\0\0\0", box(b"ilst", PLACE)), TRACK]
VIDEO = box(b"ftyp", b"mp42") + box(b"moov", box(b"mvhd", b"head"), *NOTES) + FILM + box(b"uuid", b"x" * 16, PLACE)


@pytest.mark.parametrize(("kind", "name"), [(Kind.VIDEO, "a.mp4"), (Kind.FILE, "a.mp4"), (Kind.FILE, "a.M4A")])
def test_a_video_leaves_without_its_place_and_nothing_of_the_film_moves(kind, name):
    _, data = files.check(KINDS[kind], SimpleUploadedFile(name, VIDEO))
    assert PLACE in VIDEO and PLACE not in data and len(data) == len(VIDEO)
    assert data.index(FILM) == VIDEO.index(FILM)
    for kept in (box(b"mvhd", b"head"), box(b"tkhd", b"track"), box(b"ftyp", b"mp42")):
        assert data.index(kept) == VIDEO.index(kept)
    assert data.count(b"free") == 4


def test_lengths_of_eight_bytes_and_a_last_box_without_one_are_read():
    long = (1).to_bytes(4, "big") + b"udta" + (16 + len(PLACE)).to_bytes(8, "big") + PLACE
    data = without_what_was_noted(box(b"ftyp", b"mp42") + box(b"moov", long) + box(b"uuid", PLACE, length=0))
    assert PLACE not in data


@pytest.mark.parametrize("end", [box(b"moov", length=4), box(b"moov", length=2**31), b"\0\0\0\1mdat", b"\0\0"])
def test_a_damaged_file_comes_to_an_end_and_is_left_as_it_is(end):
    data = box(b"ftyp", b"mp42") + end
    assert without_what_was_noted(data) == data


def test_a_document_is_not_touched_and_the_page_says_so():
    pdf = b"%PDF-1.7 /Author (Ann)"
    assert files.check(KINDS[Kind.FILE], SimpleUploadedFile("a.pdf", pdf))[1] == pdf
    assert "Documents leave as they are" in files.limits_in_words(KINDS[Kind.FILE].media)
    assert "Documents" not in files.limits_in_words(KINDS[Kind.VIDEO].media)
