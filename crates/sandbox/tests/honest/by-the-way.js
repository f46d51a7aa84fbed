// honest: what Node's library asks the machine by the way
// stdout: cell 127.0.0.1 ECONNREFUSED
const os = require('os');
const dns = require('dns').promises;
const assert = require('assert');
assert.strictEqual(os.homedir(), '/workspace');
assert.ok(os.availableParallelism() >= 1);
assert.throws(() => os.networkInterfaces(), /uv_interface_addresses/);
(async () => {
    const { address } = await dns.lookup('localhost', 4);
    const refused = await dns.resolve('example.com').catch((error) => error.code);
    console.log(os.userInfo().username, address, refused);
})();
