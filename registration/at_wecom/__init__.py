WORK = "registration.tasks.work"  # the task that does whatever is due at WeCom
