// honest: worker threads, shared memory, Atomics.wait, messages
// stdout: [ 1, 4, 9 ] 3 ok
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (isMainThread) {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const squares = [];
    const workers = [1, 2, 3].map((n) => new Promise((done, failed) => {
        const worker = new Worker(__filename, { workerData: { n, shared } });
        worker.on('message', (square) => squares.push(square));
        worker.on('error', failed);
        worker.on('exit', done);
    }));
    const waited = Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    Promise.all(workers).then(() => console.log(squares.sort((a, b) => a - b), shared[0], waited === 'timed-out' ? 'ok' : waited));
} else {
    Atomics.add(workerData.shared, 0, 1);
    Atomics.notify(workerData.shared, 0);
    parentPort.postMessage(workerData.n ** 2);
}
