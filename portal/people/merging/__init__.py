"""Two rows of the directory that are one person: one is kept, the other points to it and is in no list any more.

Deliveries, consents, audit and ended registrations stay on the row they were written on, and are shown with the kept
person. What goes on living (roles, groups, relationships, the open registration, the sign-in) joins the kept one; each
of it is a `Part`, registered in a module `merging` of the app it belongs to, and remembers what it moved: a merge is
taken back by clearing the pointer and having each part put its own back.
"""

from . import belonging  # its parts come first

__all__ = ["belonging"]
