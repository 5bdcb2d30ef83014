"""What is written (message), its files, what became of it (delivery), and what is kept for the next."""

from .attachment import Attachment
from .delivery import STATE_LABELS, Attempt, Batch, Delivery
from .kept import SavedAudience, Template
from .message import Decision, Message, new_token
from .states import STATE_OF_BATCH, State

__all__ = [
    "STATE_LABELS",
    "STATE_OF_BATCH",
    "Attachment",
    "Attempt",
    "Batch",
    "Decision",
    "Delivery",
    "Message",
    "SavedAudience",
    "State",
    "Template",
    "new_token",
]
