"""What an MP4 says beside its pictures and sounds: where it was taken, with what, by whom.

A file is boxes within boxes, each with its length and kind (ISO/IEC 14496-12, 4.2). What telephones write down stands in
`udta` and `meta` of the film and its tracks, and in a `uuid` beside the film. Such a box is made one that is free, of the
same length: nothing moves, so every place the film names in the file stays right.
"""

_HOLDS_BOXES = {b"moov", b"trak"}
_SAYS_MORE = {b"udta", b"meta", b"uuid"}
_HEADER = 8  # bytes: the length, itself counted, and the kind


def without_what_was_noted(data):
    """`data`, the bytes of an MP4 or M4A, without place, make and names."""
    film = bytearray(data)
    _clear(film, 0, len(film))
    return bytes(film)


def _clear(film, start, end):
    while start + _HEADER <= end:
        length, kind, header = _box(film, start, end)
        if length < header or start + length > end:
            return  # damaged: what follows cannot be told apart
        if kind in _SAYS_MORE:
            film[start + 4 : start + _HEADER] = b"free"
            film[start + header : start + length] = bytes(length - header)
        elif kind in _HOLDS_BOXES:
            _clear(film, start + header, start + length)
        start += length


def _box(film, start, end):
    """(length, kind, length of the header) of the box that begins there."""
    length, kind = int.from_bytes(film[start : start + 4], "big"), bytes(film[start + 4 : start + _HEADER])
    if length == 0:  # up to the end
        return end - start, kind, _HEADER
    if length == 1:  # longer than four bytes can say
        return int.from_bytes(film[start + _HEADER : start + 16], "big"), kind, 16
    return length, kind, _HEADER
