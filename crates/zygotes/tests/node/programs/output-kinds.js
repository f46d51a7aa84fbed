console.log('log');console.error('err');console.info('info');console.warn('warn');console.debug('debug');process.stdout.write('raw\n');process.stderr.write('raw err\n');
