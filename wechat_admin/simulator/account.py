"""The one company this pretend WeCom knows. It accepts no other values."""

CORPORATION_ID = "ww5c4001516a7042d1"
COMPANY = "Harbour Bridge School"
APPLICATION_SECRET = "SIMULATOR-application-secret-NVxq3kXb"
APPLICATION_AGENT_ID = 1000002
APPLICATION_NAME = "School messages"
ADDRESS_BOOK_SECRET = "SIMULATOR-address-book-secret-8RtYw2"

APPLICATION, ADDRESS_BOOK = "application", "address book"
SECRETS = {APPLICATION_SECRET: APPLICATION, ADDRESS_BOOK_SECRET: ADDRESS_BOOK}

# id → parent, and who was there before anybody registered
DEPARTMENTS = {1: 0, 2: 1, 3: 1}
DEPARTMENT_NAMES = {COMPANY, "Office", "Teachers"}
# tag → the departments it holds
TAGS = {7: [2], 8: [3]}
