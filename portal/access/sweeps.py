from portal.periodic import every

from . import tries

every(900)(tries.forget_old)
