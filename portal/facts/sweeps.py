from portal.doorbell import ring
from portal.periodic import every

from .counting import COUNT, grown_old


@every(60)
def ring_for_the_days_facts():
    if grown_old():
        ring(COUNT)
