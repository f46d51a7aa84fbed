// attack: a named socket in the workspace, and the host's container daemon
// expect: exited
// stopped-by: seccomp
// exit: 0

// Answered with an error since libraries make such a socket by the way (08-network-refused.cpp).
const net = require('net');
const through = () => { console.log('GOT THROUGH'); process.exit(1); };
for (const path of ['/workspace/socket', '\0socket']) {
    const server = net.createServer();
    server.on('error', () => {}).listen(path, through);
}
for (const path of ['/var/run/docker.sock', '/run/dbus/system_bus_socket', '/dev/log']) {
    net.connect(path).on('error', (error) => { if (error.code !== 'EACCES') through(); }).on('connect', through);
}
