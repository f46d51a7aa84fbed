#!/usr/bin/env node
console.log('with a first line');
