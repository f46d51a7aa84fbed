/** Timers and immediates that know when nothing is left to wait for: then the program has ended. */
import { drainTicks } from "./ticks";

// Kept from before the program finds others under these names.
const later = setTimeout;
const cancel = clearTimeout;

type Callback = (...args: unknown[]) => void;

export class EventLoop {
  private readonly waiting = new Set<object>();
  private checking = false;
  private readonly immediates = new Map<Immediate, () => void>();
  private readonly channel = new MessageChannel();

  constructor(
    private readonly onError: (error: unknown) => void,
    private readonly onIdle: () => void,
  ) {
    this.channel.port1.onmessage = () => this.runImmediates();
  }

  /** Runs a part of the program, and what it put off until just after. */
  enter(part: () => void): void {
    try {
      part();
      drainTicks();
    } catch (error) {
      this.onError(error);
    }
    this.check();
  }

  /** The program does not end before this is released. */
  hold(holder: object): void {
    this.waiting.add(holder);
  }

  release(holder: object): void {
    if (this.waiting.delete(holder)) this.check();
  }

  isIdle(): boolean {
    return this.waiting.size === 0;
  }

  setTimeout = (callback: Callback, delay?: number, ...args: unknown[]) =>
    new Timeout(this, callback, delay, args, false);

  setInterval = (callback: Callback, delay?: number, ...args: unknown[]) =>
    new Timeout(this, callback, delay, args, true);

  clearTimeout = (timeout: unknown): void => {
    const found = timeout instanceof Timeout ? timeout : Timeout.byId.get(Number(timeout));
    found?.close();
  };

  setImmediate = (callback: Callback, ...args: unknown[]): Immediate => {
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
    // Those that are set meanwhile come in the next round.
    for (const [immediate, callback] of [...this.immediates]) {
      if (!this.immediates.delete(immediate)) continue;
      this.enter(callback);
      this.release(immediate);
    }
  }

  /** Looks, after all promises, whether anything is left. */
  private check(): void {
    if (this.checking || this.waiting.size > 0) return;
    this.checking = true;
    later(() => {
      this.checking = false;
      if (this.waiting.size === 0) this.onIdle();
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
  private held = true;

  constructor(
    private readonly loop: EventLoop,
    private readonly callback: Callback,
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
    this.id = later(() => this.fire(), delay) as unknown as number;
    Timeout.byId.set(this.id, this);
    if (this.held) this.loop.hold(this);
  }

  private fire(): void {
    Timeout.byId.delete(this.id);
    const { id } = this;
    this.loop.enter(() => this.callback(...this.args));
    if (this.repeats && this.id === id) this.start();
    else if (this.id === id) this.loop.release(this);
  }

  close = (): this => {
    cancel(this.id);
    Timeout.byId.delete(this.id);
    this.id = -1;
    this.loop.release(this);
    return this;
  };

  ref = (): this => {
    this.held = true;
    if (this.id >= 0) this.loop.hold(this);
    return this;
  };

  unref = (): this => {
    this.held = false;
    this.loop.release(this);
    return this;
  };

  hasRef = (): boolean => this.held;

  refresh = (): this => {
    cancel(this.id);
    Timeout.byId.delete(this.id);
    this.start();
    return this;
  };

  [Symbol.toPrimitive] = (): number => this.id;
}
