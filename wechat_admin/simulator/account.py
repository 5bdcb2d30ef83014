"""The one company this pretend WeCom knows. It accepts no other values."""

CORPORATION_ID = "ww5c4001516a7042d1"
COMPANY = "Harbour Bridge School"
APPLICATION_SECRET = "SIMULATOR-application-secret-NVxq3kXb"
APPLICATION_AGENT_ID = 1000002
APPLICATION_NAME = "School messages"
# Applications of the company whose secret is not ours.
OTHER_AGENT_IDS = {1000003}
ADDRESS_BOOK_SECRET = "SIMULATOR-address-book-secret-8RtYw2"

APPLICATION, ADDRESS_BOOK = "application", "address book"
SECRETS = {APPLICATION_SECRET: APPLICATION, ADDRESS_BOOK_SECRET: ADDRESS_BOOK}

# Whoever made the company: never deleted.
CREATOR = "founder"

# id → (parent, name), there before anybody registered
ROOT, OTHERS = 1, 100
OTHERS_NAME = "其他（待设置部门）"
DEPARTMENTS = {ROOT: (0, COMPANY), 2: (ROOT, "Office"), 3: (ROOT, "Teachers")}
# tag → the departments it holds
TAGS = {7: [2], 8: [3]}
