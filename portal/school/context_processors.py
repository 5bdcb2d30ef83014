from . import identity, table


def school(request):
    return {
        "school_name": identity.school_name(),
        "school_contact": identity.office_contact(),
        "filing_number": table.value("filing_number"),
    }
