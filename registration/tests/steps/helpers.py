from registration.models import Registration

Status = Registration.Status


def step(number):
    return f"/WeChatRegistration/Step{number}"


def said(response):
    return response.content.decode()


def registration_of(person):
    return person.registrations.open().get()
