from portal.doorbell import ring
from portal.periodic import every

from .models import Import
from .one_person.actions import erase_again, write_the_list_down
from .tasks import IMPORTS


@every(5)
def ring_for_imports():
    if Import.objects.to_work_on().exists():
        ring(IMPORTS)


@every(3600)
def forget_imports():
    """What was uploaded is not kept for ever."""
    Import.objects.over().delete()


every(60)(write_the_list_down)
every(300)(erase_again)
