"""What is written (material), what is sent (message), and what became of it (delivery)."""

from .delivery import STATE_LABELS, Attempt, Batch, Delivery
from .material import Attachment, SavedAudience, Template
from .message import Kind, Message
from .states import STATE_OF_BATCH, State

__all__ = [
    "STATE_LABELS",
    "STATE_OF_BATCH",
    "Attachment",
    "Attempt",
    "Batch",
    "Delivery",
    "Kind",
    "Message",
    "SavedAudience",
    "State",
    "Template",
]
