// attack: error output without end, which the interpreter queues when the pipe is full, so that memory may end first
// expect: cpu_time_exceeded | wall_time_exceeded | memory_exceeded
// stopped-by: supervisor, cgroups
// within: 90
for (;;) console.error('x'.repeat(1000));
