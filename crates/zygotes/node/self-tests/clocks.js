'use strict';
const near = (a, b) => Math.abs(a - b) < 2000;
console.log(
  performance.now() < 2000,
  process.uptime() < 2,
  near(performance.timeOrigin + performance.now(), Date.now()),
  near(performance.nodeTiming.nodeStart, 0),
  require('crypto').randomBytes(4).length === 4 && Math.random() < 1,
);
