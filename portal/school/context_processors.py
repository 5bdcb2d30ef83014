from . import table


def school(request):
    return {"school_contact": table.value("office_contact")}
