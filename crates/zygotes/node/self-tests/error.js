'use strict';
// Its trace must be that of a program that was started cold.
throw new Error('as it must be');
