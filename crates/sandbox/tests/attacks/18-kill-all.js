// attack: kills everybody
// expect: exited
// stopped-by: namespaces, identity
// exit: 0
try { process.kill(-1, 'SIGKILL'); } catch {} // "went well" also when nobody could be killed
for (const pid of [1, process.ppid || 1])
  if (pid !== process.pid)
    try { process.kill(pid, 'SIGKILL'); console.log('GOT THROUGH: ' + pid); process.exit(1); } catch {}
