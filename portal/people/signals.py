from django.dispatch import Signal

# `person`, `number_before`, `by`: a person's mobile number has been corrected. Receivers answer with a sentence for
# whoever did it, or "".
number_corrected = Signal()
