'use strict';
// Its text is that of a program which was started cold.
throw new Error('as it must be');
