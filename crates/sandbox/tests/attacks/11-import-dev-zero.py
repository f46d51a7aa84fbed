# attack: a module without end
# expect: memory_exceeded
# stopped-by: cgroups
exec(open("/dev/zero").read())
