import type { FromFrame, ToFrame } from "./protocol";

const FRAME_ADDRESS = "/runner.html";
const START_LIMIT_MS = 15_000;
/** A frame that sends nothing for this long has died: memory ran out, or the browser ended it. */
const SILENCE_MS = 4_000;
const PING_MS = 500;

/** The page's handle of the frame in which programs run. */
export class FrameHost {
  private readonly element: HTMLIFrameElement;
  private readonly channel = new MessageChannel();
  private readonly frameReady: Promise<void>;
  private lastMessageAt = performance.now();
  private watchTimer: number | undefined;
  private isRemoved = false;

  constructor(
    private readonly onMessage: (message: FromFrame) => void,
    private readonly onDeath: () => void,
  ) {
    this.element = document.createElement("iframe");
    this.element.setAttribute("sandbox", "allow-scripts");
    this.element.title = "Programs run here";
    this.element.hidden = true;
    this.element.tabIndex = -1;
    this.element.setAttribute("aria-hidden", "true");
    this.frameReady = this.open();
    this.frameReady.catch(() => this.onDeath());
  }

  private open(): Promise<void> {
    const { port1, port2 } = this.channel;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new Error("the frame for programs did not start")),
        START_LIMIT_MS,
      );
      port1.onmessage = (event: MessageEvent<FromFrame>) => {
        this.lastMessageAt = performance.now();
        if (event.data.kind === "frame_ready") {
          clearTimeout(timeout);
          resolve();
        } else if (event.data.kind !== "pong") {
          this.onMessage(event.data);
        }
      };
      this.element.addEventListener(
        "load",
        () => {
          // The frame has no origin that could be named here; the message contains only a port.
          this.element.contentWindow?.postMessage("port", "*", [port2]);
        },
        { once: true },
      );
      this.element.src = FRAME_ADDRESS;
      document.body.append(this.element);
    });
  }

  async send(message: ToFrame, transfer: Transferable[] = []): Promise<void> {
    await this.frameReady;
    this.channel.port1.postMessage(message, transfer);
  }

  /** Pings the frame while a program runs. */
  startWatching(): void {
    this.lastMessageAt = performance.now();
    this.watchTimer ??= window.setInterval(() => {
      // Timers of hidden pages are too slow to tell.
      if (document.hidden) this.lastMessageAt = performance.now();
      if (performance.now() - this.lastMessageAt > SILENCE_MS) this.onDeath();
      else void this.send({ kind: "ping" });
    }, PING_MS);
  }

  stopWatching(): void {
    clearInterval(this.watchTimer);
    this.watchTimer = undefined;
  }

  remove(): void {
    if (this.isRemoved) return;
    this.isRemoved = true;
    this.stopWatching();
    this.channel.port1.close();
    this.element.remove();
  }
}
