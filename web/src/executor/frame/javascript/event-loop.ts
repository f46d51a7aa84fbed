/** Timers and immediates. When none is left, the program has ended. */
import { drainTicks } from "./ticks";

// Saved before the program gets replacements under these names.
const nativeSetTimeout = setTimeout;
const nativeClearTimeout = clearTimeout;

type TimerCallback = (...args: unknown[]) => void;

export class EventLoop {
  private readonly holders = new Set<object>();
  private isCheckScheduled = false;
  private readonly immediates = new Map<Immediate, () => void>();
  private readonly channel = new MessageChannel();

  constructor(
    private readonly onError: (error: unknown) => void,
    private readonly onIdle: () => void,
  ) {
    this.channel.port1.onmessage = () => this.runImmediates();
  }

  /** Runs a part of the program, and then its `nextTick` callbacks. */
  enter(work: () => void): void {
    try {
      work();
      drainTicks();
    } catch (error) {
      this.onError(error);
    }
    this.check();
  }

  /** Keeps the program alive until the holder is released. */
  hold(holder: object): void {
    this.holders.add(holder);
  }

  release(holder: object): void {
    if (this.holders.delete(holder)) this.check();
  }

  isIdle(): boolean {
    return this.holders.size === 0;
  }

  setTimeout = (callback: TimerCallback, delay?: number, ...args: unknown[]) =>
    new Timeout(this, callback, delay, args, false);

  setInterval = (callback: TimerCallback, delay?: number, ...args: unknown[]) =>
    new Timeout(this, callback, delay, args, true);

  clearTimeout = (timeout: unknown): void => {
    const timer = timeout instanceof Timeout ? timeout : Timeout.byId.get(Number(timeout));
    timer?.close();
  };

  setImmediate = (callback: TimerCallback, ...args: unknown[]): Immediate => {
    const immediate = new Immediate();
    this.immediates.set(immediate, () => callback(...args));
    this.hold(immediate);
    this.channel.port2.postMessage(0);
    return immediate;
  };

  clearImmediate = (immediate: unknown): void => {
    if (!(immediate instanceof Immediate)) return;
    this.immediates.delete(immediate);
    this.release(immediate);
  };

  private runImmediates(): void {
    // Immediates that are set meanwhile run in the next round.
    for (const [immediate, callback] of [...this.immediates]) {
      if (!this.immediates.delete(immediate)) continue;
      this.enter(callback);
      this.release(immediate);
    }
  }

  /** Reports the end of the program if nothing is left after all promises. */
  private check(): void {
    if (this.isCheckScheduled || this.holders.size > 0) return;
    this.isCheckScheduled = true;
    nativeSetTimeout(() => {
      this.isCheckScheduled = false;
      if (this.holders.size === 0) this.onIdle();
    }, 0);
  }
}

class Immediate {
  ref = () => this;
  unref = () => this;
  hasRef = () => true;
}

class Timeout {
  static readonly byId = new Map<number, Timeout>();
  private id = 0;
  private isHeld = true;

  constructor(
    private readonly loop: EventLoop,
    private readonly callback: TimerCallback,
    private readonly delay: number | undefined,
    private readonly args: unknown[],
    private readonly repeats: boolean,
  ) {
    if (typeof callback !== "function") {
      throw new TypeError(`The "callback" argument must be of type function. Received ${String(callback)}`);
    }
    this.start();
  }

  private start(): void {
    const delay = Number(this.delay) >= 1 ? Math.min(Number(this.delay), 2 ** 31 - 1) : 1;
    this.id = nativeSetTimeout(() => this.fire(), delay) as unknown as number;
    Timeout.byId.set(this.id, this);
    if (this.isHeld) this.loop.hold(this);
  }

  private fire(): void {
    Timeout.byId.delete(this.id);
    const { id } = this;
    this.loop.enter(() => this.callback(...this.args));
    if (this.repeats && this.id === id) this.start();
    else if (this.id === id) this.loop.release(this);
  }

  close = (): this => {
    nativeClearTimeout(this.id);
    Timeout.byId.delete(this.id);
    this.id = -1;
    this.loop.release(this);
    return this;
  };

  ref = (): this => {
    this.isHeld = true;
    if (this.id >= 0) this.loop.hold(this);
    return this;
  };

  unref = (): this => {
    this.isHeld = false;
    this.loop.release(this);
    return this;
  };

  hasRef = (): boolean => this.isHeld;

  refresh = (): this => {
    nativeClearTimeout(this.id);
    Timeout.byId.delete(this.id);
    this.start();
    return this;
  };

  [Symbol.toPrimitive] = (): number => this.id;
}
