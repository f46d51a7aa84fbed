// attack: one call of the interpreter that does not end
// expect: cpu_time_exceeded
/^(a+)+$/.test('a'.repeat(60) + 'b');
