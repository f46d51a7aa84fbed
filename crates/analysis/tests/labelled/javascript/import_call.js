// finds: file
import('fs').then((fs) => fs.readFileSync('x'));
import('fs').then(console.log);
(async () => (await import('fs')).readFileSync('x'))();
