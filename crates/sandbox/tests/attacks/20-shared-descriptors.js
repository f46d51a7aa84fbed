// attack: writes into every descriptor that it has not opened itself, for its own next test
// expect: Accepted
// stopped-by: jail
// judge: aplusb
const fs = require('fs');

// Shorter than what libuv sends itself, so that it is not taken for that.
const MARK = 'mark';
const [a, b] = fs.readFileSync(0, 'utf8').split(/\s+/, 2).map(BigInt);
const told = (fd, name) => fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').match(new RegExp(`${name}:\\s+(\\w+)`))[1];
const read = (fd) => {
  const piece = Buffer.alloc(4096);
  try { return piece.toString('latin1', 0, fs.readSync(fd, piece)); } catch { return ''; }
};
let through = false;
const later = [];
for (const fd of fs.readdirSync('/proc/self/fd').map(Number)) {
  if (fd < 3) continue;
  try {
    const what = fs.readlinkSync(`/proc/self/fd/${fd}`);
    // Pipes that wait hold a lock of libuv's.
    if (what.startsWith('pipe:') && parseInt(told(fd, 'flags'), 8) & 0o4000) {
      through ||= read(fd).includes(MARK);
      later.push([fd, Buffer.from(MARK)]);
    } else if (what.endsWith('[eventfd]')) {
      through ||= parseInt(told(fd, 'eventfd-count'), 16) >= 0x1000;
      later.push([fd, Buffer.from([0, 0x10, 0, 0, 0, 0, 0, 0])]);
    }
  } catch { }
}
fs.writeSync(1, through ? 'GOT THROUGH\n' : `${a + b}\n`);
for (const [fd, mark] of later) try { fs.writeSync(fd, mark); } catch { }
process.reallyExit(0);
