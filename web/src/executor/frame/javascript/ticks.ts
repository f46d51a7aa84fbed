/** `process.nextTick`: before promises after the program's main part and after timers, as in Node. */
type Tick = () => void;

const ticks: Tick[] = [];
const later = queueMicrotask;
let scheduled = false;

export function nextTick(callback: (...args: unknown[]) => void, ...args: unknown[]): void {
  if (typeof callback !== "function") {
    throw new TypeError(`The "callback" argument must be of type function. Received ${String(callback)}`);
  }
  ticks.push(() => callback(...args));
  if (scheduled) return;
  scheduled = true;
  later(drainTicks);
}

export function drainTicks(): void {
  scheduled = false;
  for (let tick = ticks.shift(); tick; tick = ticks.shift()) tick();
}
