// honest: standard input by events and as an iterable
// stdin-numbers: 50000
// stdout: 1249975000 1249975000
process.stdin.setEncoding('utf8');
let text = '';
process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', async () => {
    const add = (text) => text.split(/\s+/).reduce((sum, n) => sum + +n, 0);
    let again = '';
    for await (const chunk of require('fs').createReadStream('/dev/stdin', 'utf8')) again += chunk;
    console.log(add(text), add(again));
});
