// attack: kills everybody
// expect: exited
// stopped-by: namespaces, identity
// exit: 0

// Whether that hits anybody is not told: the answer is the same where each has refused. Whoever is hit
// takes this run with it.
try { process.kill(-1, 'SIGKILL'); } catch {}
for (const pid of [1, process.ppid || 1])
  if (pid !== process.pid)
    try { process.kill(pid, 'SIGKILL'); console.log('GOT THROUGH: ' + pid); process.exit(1); } catch {}
