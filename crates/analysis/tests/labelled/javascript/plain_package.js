// finds: not_in_browsers
const _ = require('lodash');
console.log(_.chunk([1], 1));
