from django.dispatch import Signal

# Sent inside the transaction in which a person (`person`) stops receiving messages.
withdrawn = Signal()
