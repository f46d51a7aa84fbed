// attack: one call of the interpreter that does not end
// expect: cpu_time_exceeded
// stopped-by: supervisor
/^(a+)+$/.test('a'.repeat(60) + 'b');
