"""What is written (message), its files, what became of it (delivery), and what is kept for the next."""

from .asking import Asking
from .attachment import Attachment
from .decision import Decision
from .delivery import STATE_LABELS, Attempt, Batch, Delivery, PupilMissed
from .kept import Occasion, SavedAudience, Template
from .message import Message, new_token
from .share import Share
from .span import Span, Straggler
from .states import STATE_OF_BATCH, State

__all__ = [
    "STATE_LABELS",
    "STATE_OF_BATCH",
    "Asking",
    "Attachment",
    "Attempt",
    "Batch",
    "Decision",
    "Delivery",
    "Message",
    "Occasion",
    "PupilMissed",
    "SavedAudience",
    "Share",
    "Span",
    "State",
    "Straggler",
    "Template",
    "new_token",
]
