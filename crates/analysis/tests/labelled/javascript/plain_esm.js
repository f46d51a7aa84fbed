// finds: file, not_in_browsers
import { readFileSync as r } from 'fs';
console.log(r('x'));
