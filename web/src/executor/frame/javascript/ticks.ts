/** `process.nextTick`: callbacks run before promises, after the main program and after timers, as in Node. */
type TickCallback = () => void;

const ticks: TickCallback[] = [];
const nativeQueueMicrotask = queueMicrotask;
let isScheduled = false;

export function nextTick(callback: (...args: unknown[]) => void, ...args: unknown[]): void {
  if (typeof callback !== "function") {
    throw new TypeError(`The "callback" argument must be of type function. Received ${String(callback)}`);
  }
  ticks.push(() => callback(...args));
  if (isScheduled) return;
  isScheduled = true;
  nativeQueueMicrotask(drainTicks);
}

export function drainTicks(): void {
  isScheduled = false;
  for (let tick = ticks.shift(); tick; tick = ticks.shift()) tick();
}
