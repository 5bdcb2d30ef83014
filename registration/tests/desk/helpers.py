def said(response):
    return response.content.decode()


def numbers(response):
    """{state: how many} of the states somebody is in."""
    return {state: number for state, number, _ in response.context["states"] if number}
