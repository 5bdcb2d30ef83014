"""Files on their way: what a form may take of them, and where a page goes that has shown how far they are."""

from functools import wraps

from .request_sizes import LONG_FORM, WITH_FILES

# What the files of one form may have together: its fields travel with them.
MOST_TOGETHER = WITH_FILES - LONG_FORM
MEGABYTE = 1024 * 1024


def limits(most, most_of_pictures=None):
    """What a page asks of a file before it travels, as attributes of its field; sizes in bytes."""
    return {"data-most": most, "data-most-of-pictures": most_of_pictures or most, "data-together": MOST_TOGETHER}


def leads_by_itself(view):
    """Marks a view to whose form a script may send files: it is told where the answer leads, and has the page go there."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if "X-Upload" in request.headers and response.has_header("Location"):
            response.status_code = 204
            response["X-Leads-To"] = response["Location"]
            del response["Location"]
        return response

    return answer
