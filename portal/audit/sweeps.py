from portal.periodic import every

from . import retention, sealing, verifying

every(300)(sealing.seal)
every(30)(verifying.verify_some)
every(86400)(sealing.say_the_head)
every(86400)(retention.drop_what_is_old)
