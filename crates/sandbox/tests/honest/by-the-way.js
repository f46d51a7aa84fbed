// honest: what Node's library asks the machine by the way
// stdout: cell true ECONNREFUSED
const os = require('os');
const dns = require('dns').promises;
const assert = require('assert');
assert.strictEqual(os.homedir(), '/workspace');
assert.ok(os.availableParallelism() >= 1);
assert.deepStrictEqual(os.networkInterfaces(), {});
(async () => {
    const unknown = await dns.lookup('localhost', 4).catch((error) => error.code);
    const refused = await dns.resolve('example.com').catch((error) => error.code);
    console.log(os.userInfo().username, typeof unknown === 'string', refused);
})();
