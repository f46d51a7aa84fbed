# attack: the kernel's own file systems: control groups, sysfs, sysctl, tracing, debugging
# expect: exited
# stopped-by: filesystem
# exit: 0
import os, sys

for path in ("/sys", "/sys/fs/cgroup", "/sys/kernel/debug", "/sys/kernel/tracing", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/kcore", "/proc/kallsyms",
             "/proc/scsi", "/proc/bus", "/proc/irq", "/proc/fs", "/proc/acpi", "/proc/keys", "/proc/config.gz", "/boot", "/lib/modules", "/run", "/var", "/etc/shadow", "/etc/ssl/private"):
    if os.path.lexists(path):
        print("GOT THROUGH:", path)
        sys.exit(1)
