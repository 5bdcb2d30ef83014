"""Pictures from outside: measured before they are decoded, reduced while they are, one at a time, and drawn anew.

What is drawn anew comes from the pixels alone: no place, no camera, nothing hidden behind the picture.
"""

import threading

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

# A JPEG is reduced while it is decoded; all others, and a JPEG in passes, stand in memory whole first.
MOST_MEGAPIXELS, MOST_MEGAPIXELS_WHOLE = 50, 16
_one_at_a_time = threading.Lock()


class NotAPicture(Exception):
    """Not of these formats, or damaged."""


def reduced(file, formats, side):
    """The picture in `file`, upright, no side longer than `side`, as RGB or RGBA.

    Raises NotAPicture, and ValidationError with a sentence where it has too many pixels.
    """
    with _one_at_a_time:
        try:
            image = Image.open(file, formats=formats)
            _measure(image)
            return _decode(image, side)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
            raise NotAPicture from None
        except Image.DecompressionBombError:
            raise ValidationError(
                _("The picture must have %(most)d megapixels or less.") % {"most": MOST_MEGAPIXELS}
            ) from None


def on_white(image):
    """White where the picture is transparent."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _measure(image):
    is_reduced = isinstance(image, JpegImageFile) and not image.info.get("progressive")
    most = MOST_MEGAPIXELS if is_reduced else MOST_MEGAPIXELS_WHOLE
    width, height = image.size
    if width * height > most * 10**6:
        raise ValidationError(
            _("The picture must have %(most)d megapixels or less; it has %(size)d.")
            % {"most": most, "size": width * height // 10**6}
        )


def _decode(image, side):
    longest = max(image.size)
    if longest > side:
        image.draft("RGB", tuple(max(1, length * side // longest) for length in image.size))
    is_transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    image = image.convert("RGBA" if is_transparent else "RGB")
    image.thumbnail((side, side))
    # Looks the turning up in what the picture came with, which a converted one still has.
    return ImageOps.exif_transpose(image)
