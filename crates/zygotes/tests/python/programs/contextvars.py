import contextvars
v = contextvars.ContextVar("v", default=1)
print(v.get()); v.set(2); print(contextvars.copy_context().run(v.get))
