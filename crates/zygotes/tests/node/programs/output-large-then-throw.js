process.stdout.write('z'.repeat(60000));throw new TypeError('after much output');
