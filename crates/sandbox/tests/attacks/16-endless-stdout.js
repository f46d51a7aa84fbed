// attack: output without end, which the interpreter queues when the pipe is full, so that memory may end first
// expect: output_exceeded | memory_exceeded
// stopped-by: supervisor, cgroups
for (;;) console.log('x'.repeat(1000));
