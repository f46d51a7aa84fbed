// attack: looks at the init, and at the kernel by way of /proc
// expect: exited
// stopped-by: filesystem, namespaces, identity
// exit: 0
const fs = require('fs');
for (const name of ['1', '1/root', '1/mem', 'version', 'cmdline', 'kcore', 'kmsg', 'kallsyms', 'sys', 'sysrq-trigger', 'mounts', 'net/tcp', 'modules', 'keys', 'cpuinfo', 'meminfo', 'interrupts', 'timer_list', 'sched_debug', 'config.gz'])
  try { fs.readFileSync('/proc/' + name); console.log('GOT THROUGH: ' + name); process.exit(1); } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR' && error.code !== 'EINVAL') { console.log('GOT THROUGH: ' + name + ' ' + error.code); process.exit(1); }
  }
