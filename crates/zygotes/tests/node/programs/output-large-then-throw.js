process.stdout.write('z'.repeat(1000000));throw new TypeError('after much output');
