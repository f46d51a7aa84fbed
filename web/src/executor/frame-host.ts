import type { FromFrame, ToFrame } from "./protocol";

const ADDRESS = "/runner.html";
const AWAKE_MS = 15_000;
/** A frame that is silent for this long has died: its memory ran out, or the browser ended it. */
const SILENCE_MS = 4_000;
const PING_MS = 500;

/** The frame in which programs run, as seen from the page. */
export class FrameHost {
  private readonly element: HTMLIFrameElement;
  private readonly channel = new MessageChannel();
  private readonly awake: Promise<void>;
  private lastHeard = performance.now();
  private watch: number | undefined;
  private gone = false;

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
    this.awake = this.open();
    this.awake.catch(() => this.onDeath());
  }

  private open(): Promise<void> {
    const { port1, port2 } = this.channel;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the frame for programs did not start")), AWAKE_MS);
      port1.onmessage = (event: MessageEvent<FromFrame>) => {
        this.lastHeard = performance.now();
        if (event.data.kind === "awake") {
          clearTimeout(late);
          resolve();
        } else if (event.data.kind !== "pong") {
          this.onMessage(event.data);
        }
      };
      this.element.addEventListener(
        "load",
        () => {
          // The frame has no origin that could be named here; what is posted is only a port.
          this.element.contentWindow?.postMessage("port", "*", [port2]);
        },
        { once: true },
      );
      this.element.src = ADDRESS;
      document.body.append(this.element);
    });
  }

  async send(message: ToFrame, transfer: Transferable[] = []): Promise<void> {
    await this.awake;
    this.channel.port1.postMessage(message, transfer);
  }

  /** Looks after the frame while a program runs. */
  startWatching(): void {
    this.lastHeard = performance.now();
    this.watch ??= window.setInterval(() => {
      // A page in the background is called too seldom to judge.
      if (document.hidden) this.lastHeard = performance.now();
      if (performance.now() - this.lastHeard > SILENCE_MS) this.onDeath();
      else void this.send({ kind: "ping" });
    }, PING_MS);
  }

  stopWatching(): void {
    clearInterval(this.watch);
    this.watch = undefined;
  }

  remove(): void {
    if (this.gone) return;
    this.gone = true;
    this.stopWatching();
    this.channel.port1.close();
    this.element.remove();
  }
}
