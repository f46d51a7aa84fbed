// honest: timers, promises, streams, files, compression, work in libuv's threads
// stdout: sync nextTick promise timeout immediate 5 hello 64
const fs = require('fs');
const words = ['sync'];
setTimeout(() => words.push('timeout'), 1);
process.nextTick(() => words.push('nextTick'));
Promise.resolve().then(() => words.push('promise'));
const end = performance.now() + 5;
while (performance.now() < end);
setImmediate(async () => {
    words.push('immediate');
    const zlib = require('zlib'), { promisify } = require('util'), { setTimeout: sleep } = require('timers/promises');
    await sleep(1);
    await fs.promises.mkdir('a/b', { recursive: true });
    await fs.promises.writeFile('a/b/one', await promisify(zlib.gzip)('hello'));
    fs.copyFileSync('a/b/one', 'a/two');
    fs.renameSync('a/two', 'a/three');
    fs.symlinkSync('three', 'a/link');
    const text = String(await promisify(zlib.gunzip)(fs.readFileSync('a/link')));
    const key = await promisify(require('crypto').pbkdf2)('x', 'y', 100, 64, 'sha512');
    const folder = fs.mkdtempSync(require('path').join(require('os').tmpdir(), 'x'));
    const file = fs.openSync('a/v', 'w+');
    fs.writevSync(file, [Buffer.from('ab'), Buffer.from('c')], 0);
    require('assert').strictEqual(fs.readvSync(file, [Buffer.alloc(2), Buffer.alloc(2)], 0), 3);
    fs.rmSync('a', { recursive: true });
    fs.rmdirSync(folder);
    process.stdout.write(`${words.join(' ')} ${text.length} ${text} ${key.length}\n`, () => process.exit(0));
});
