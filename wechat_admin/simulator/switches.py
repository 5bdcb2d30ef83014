"""Where WeCom can be one way or the other: because an administrator sets it so, or because its documents differ or
say nothing. `strict` is what the tests run against: the way that is harder for whoever calls."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Switch:
    label: str
    demo: bool = False
    strict: bool | None = None  # None: as in the demo


SWITCHES = {
    # --- what an administrator sets in the console ---
    "trusted_ip": Switch("Our address is trusted (off: 60020)", True),
    "application_trusted_ip": Switch("The application's own list of addresses holds ours (off: 60020)", True),
    "sync_trusted_ip": Switch("The address book sync's own list of addresses holds ours (off: 60020)", True),
    "application_enabled": Switch("The application is switched on (off: 50003)", True),
    "sync_read_only": Switch("The address book sync may only read (on: 48008)"),
    "old_application": Switch("The application is from before 2022-06-20: user/get shows mobile and e-mail"),
    "old_sync_address": Switch("The sync's address is from before 2022-08-15: it may read details (off: 48009)"),
    "opens_home_page": Switch("The application always opens its home page: WeChat shows 20 bytes"),
    # --- where documents differ or are silent ---
    "gettoken_checks_ip": Switch("gettoken looks at the address too (unconfirmed)"),
    "switched_off_is_40001": Switch("gettoken of an application that is off answers 40001 (doc 91039), not 50003"),
    "new_token_each_time": Switch("gettoken makes a new token at each call (off: the same while it is valid)"),
    "new_token_ends_earlier": Switch("A new token ends the earlier one at once (unconfirmed)"),
    "unknown_departments_are_made": Switch(
        "Unknown departments are made under 其他 (doc 90195; off: 60123)", strict=True
    ),
    "short_department_names": Switch("Department names end at 32 characters (60001; off: 64)", strict=True),
    "few_departments": Switch("A member has at most 20 departments (60110; off: 100)", strict=True),
    "spelling_matters": Switch("A number is found only as it was written, with or without +86", strict=True),
    "lookups_count_members": Switch("A fifth of the members, not of the seats, may be looked up in vain"),
    "sync_may_look_up": Switch("The sync's secret may look up by number and e-mail (unconfirmed)", True, False),
    "console_tags_hidden": Switch("The application may not read a tag that it did not make (60011)"),
    "no_at_in_userid": Switch("A userid holds no @ (the text of 40003)", strict=True),
    "escapes_refused": Switch("\\uXXXX in a request is refused (40033, unconfirmed)", strict=True),
    "parallel_writes_refused": Switch("A second writer of the address book gets 6000", strict=True),
    "long_text_refused": Switch("A text over 2,048 bytes is refused (45002; off: cut in silence)"),
    "unreached_are_invalid": Switch("Who is disabled or follows nothing is named in invaliduser (unconfirmed)"),
    "repeat_compares_json": Switch("A repeat is known by its JSON, not by its bytes (unconfirmed)"),
    "repeat_lists_invalid": Switch("A swallowed repeat lists invaliduser again (unconfirmed)"),
    "bad_userids_refuse_all": Switch("One malformed userid refuses the whole call (40031)", strict=True),
    "lower_case_userids": Switch("Look-ups and lists answer userids in lower case"),
    "events_come_twice": Switch("The callback tells everything twice (after a lost answer)", strict=True),
    "email_matches": Switch("WeChat finds a member by an e-mail address too (unconfirmed)", True),
}
