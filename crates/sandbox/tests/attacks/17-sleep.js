// attack: waits, and catches what would end it
// expect: wall_time_exceeded
// stopped-by: supervisor
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU', 'SIGALRM', 'SIGQUIT']) process.on(name, () => {});
setInterval(() => {}, 1e6);
