# attack: a module without end
# expect: memory_exceeded
exec(open("/dev/zero").read())
