'use strict';
// What warm.js loads, to have loaded something.
