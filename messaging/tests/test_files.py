"""What of a file leaves the school: no place, no camera, nothing that runs."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from messaging.kinds import KINDS, Kind
from messaging.material import files
from portal.pictures import reduced
from portal.school.models import SchoolSetting

pytestmark = pytest.mark.django_db


def photograph(size=(600, 400), kind="JPEG", quality=75, noise=False):
    """Held upright by a telephone that writes down where, and with what."""
    image = Image.effect_noise(size, 100).convert("RGB") if noise else Image.new("RGB", size, "navy")
    if not noise:
        image.paste("red", (0, 0, size[0] // 2, size[1]))  # upright, it is red above
    facts = Image.Exif()
    facts[0x0112], facts[0x010F], facts[0x0110] = 6, "Maker of telephones", "Model 7"
    facts.get_ifd(0x8825)[2] = (22.0, 17.0, 8.0)
    data = io.BytesIO()
    image.save(data, kind, exif=facts, quality=quality, comment=b"at home")
    return data.getvalue()


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.FILE])
@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.png"])
def test_a_photograph_leaves_upright_and_without_place_make_and_model(kind, name):
    sent, data = files.check(KINDS[kind], SimpleUploadedFile(name, photograph()))
    image = Image.open(io.BytesIO(data))
    assert sent == name and image.format == ("PNG" if name.endswith("png") else "JPEG")
    assert image.size == (400, 600) and not image.getexif() and "comment" not in image.info
    assert image.getpixel((200, 50))[0] > 200 and image.getpixel((200, 550))[0] < 50
    assert b"Maker" not in data and b"Model" not in data and b"at home" not in data


def test_a_photograph_larger_than_wecom_takes_is_reduced():
    large = photograph((4032, 3024), quality=100, noise=True)
    assert len(large) > 10 * 1024 * 1024
    _, data = files.check(KINDS[Kind.IMAGE], SimpleUploadedFile("a.jpg", large))
    assert len(data) <= 10 * 1024 * 1024 and max(Image.open(io.BytesIO(data)).size) == 2560


def test_a_png_that_stays_too_large_is_reduced_until_it_is_taken():
    _, data = files.check(
        KINDS[Kind.IMAGE], SimpleUploadedFile("a.png", photograph((2500, 2500), kind="PNG", noise=True))
    )
    assert len(data) <= 10 * 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("PNG", {"mode": "1"}), ("JPEG", {"progressive": True}), ("PNG", {"mode": "I;16"})],
)
def test_a_picture_of_few_bytes_and_many_pixels_is_refused_before_it_is_decoded(kind, options, monkeypatch):
    data = io.BytesIO()
    Image.new(options.pop("mode", "L"), (7000, 7000)).save(data, kind, **options)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("it was decoded"))
    with pytest.raises(ValidationError, match="16 megapixels or less; it has 49"):
        files.redraw_article_picture(io.BytesIO(data.getvalue()))


def test_a_jpeg_of_many_pixels_is_reduced_while_it_is_decoded(monkeypatch):
    sizes = []
    data = io.BytesIO(photograph((8000, 6000)))
    convert = Image.Image.convert
    monkeypatch.setattr(Image.Image, "convert", lambda image, mode: sizes.append(image.size) or convert(image, mode))
    assert reduced(data, ("JPEG",), 1068).size == (801, 1068)
    assert sizes == [(2000, 1500)]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_a_picture_of_every_mode_is_drawn_or_refused_in_a_sentence(mode):
    data = io.BytesIO()
    Image.new(mode, (50, 40)).save(data, {"CMYK": "JPEG", "F": "TIFF"}.get(mode, "PNG"))
    upload = io.BytesIO(data.getvalue())
    if mode == "F":
        with pytest.raises(ValidationError, match="not a PNG or JPEG"):
            files.redraw_article_picture(upload)
    else:
        assert Image.open(io.BytesIO(files.redraw_article_picture(upload))).size == (50, 40)


@pytest.mark.parametrize("name", ["letter.pdf.exe", "a.bin", "a", "a.apk", "letter.pdf.", "a.exe\u200b", "a.html"])
def test_a_file_whose_ending_is_not_on_the_list_is_refused(name):
    with pytest.raises(ValidationError, match="Choose a file that ends in"):
        files.check(KINDS[Kind.FILE], SimpleUploadedFile(name, b"x" * 100))


def test_the_school_may_widen_the_list():
    SchoolSetting.objects.create(name="file_endings", value=".ODT, zip")
    assert files.check(KINDS[Kind.FILE], SimpleUploadedFile("Brief.odt", b"x" * 100))[0] == "Brief.odt"
    assert files.endings_of(KINDS[Kind.IMAGE].media) == (".jpg", ".jpeg", ".png")


@pytest.mark.parametrize("text", ["*", "exe.", "a/b", "字"])
def test_what_is_no_ending_is_named(text):
    with pytest.raises(ValidationError, match="is not an ending"):
        files.check_endings(text)


@pytest.mark.parametrize("ending", ["webp", ".HEIC", "jpe"])
def test_no_picture_is_added_that_leaves_as_it_is(ending):
    with pytest.raises(ValidationError, match="what the camera noted"):
        files.check_endings(f"odt {ending}")
    # One that stands there from before is worth nothing.
    SchoolSetting.objects.create(name="file_endings", value=f"odt {ending}")
    with pytest.raises(ValidationError, match="Choose a file that ends in"):
        files.check(KINDS[Kind.FILE], SimpleUploadedFile(f"a.{ending.strip('.')}", b"x" * 100))
    assert ".odt" in files.endings_of(KINDS[Kind.FILE].media)
