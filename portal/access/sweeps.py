from portal.periodic import every

from . import addresses, leaving, sessions, tries, viewing

every(900)(tries.forget_old)
every(86400)(sessions.forget_old)
every(60)(viewing.end_what_is_over)
every(86400)(viewing.forget_old)
every(300)(leaving.take_profiles_away)
every(60)(addresses.tell_old_addresses)
