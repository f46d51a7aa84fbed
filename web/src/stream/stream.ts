/**
 * The server's events over a WebSocket that comes back: after a break it asks to go on after the
 * last event it saw, so nothing is lost, and drops what it has seen, so nothing is doubled.
 * Where no WebSocket gets through, whoever follows something is told to ask for it instead.
 */
import type { Schemas } from "../api/client";

export type StreamMessage = Schemas["StreamMessage"];
export type ConnectionState = "connecting" | "live" | "waiting" | "polling";

export type Socket = Pick<WebSocket, "close" | "onopen" | "onmessage" | "onclose">;

export interface EventStreamOptions {
  open: (after: number | undefined) => Socket;
  onMessage: (message: StreamMessage) => void;
  onConnection: (connection: ConnectionState) => void;
  /** Something may have been missed, or events don't come at all: look things up. */
  onRefetch: () => void;
}

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;
/** After this many tries in a row that did not open, asking takes the socket's place. */
const TRIES_BEFORE_POLLING = 3;
export const POLL_MS = 2_000;

export class EventStream {
  private after: number | undefined;
  private socket: Socket | undefined;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private closed = false;

  constructor(private readonly options: EventStreamOptions) {
    this.connect();
  }

  /** Now rather than when the wait is over: the network is back, or somebody came back to the page. */
  reconnectNow(): void {
    if (this.socket || this.closed) return;
    clearTimeout(this.timer);
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearInterval(this.poll);
    this.socket?.close();
  }

  private connect(): void {
    if (this.failures < TRIES_BEFORE_POLLING) this.options.onConnection("connecting");
    let socket: Socket;
    try {
      socket = this.options.open(this.after);
    } catch {
      this.retry();
      return;
    }
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      clearInterval(this.poll);
      this.poll = undefined;
      this.options.onConnection("live");
    };
    socket.onmessage = (event) => this.hear(String(event.data));
    socket.onclose = () => {
      this.socket = undefined;
      if (!this.closed) this.retry();
    };
  }

  private hear(text: string): void {
    const message = JSON.parse(text) as StreamMessage;
    if (message.type === "status_update" || message.type === "queue_position") {
      if (this.after !== undefined && message.seq <= this.after) return;
    }
    if (message.type === "error") return;
    this.after = message.seq;
    if (message.type === "resync") this.options.onRefetch();
    else this.options.onMessage(message);
  }

  private retry(): void {
    this.failures += 1;
    if (this.failures >= TRIES_BEFORE_POLLING) this.startPolling();
    else this.options.onConnection("waiting");
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), MAX_WAIT_MS);
    // Not all at once after a restart of the server.
    this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  private startPolling(): void {
    this.options.onConnection("polling");
    if (this.poll) return;
    this.options.onRefetch();
    this.poll = setInterval(this.options.onRefetch, POLL_MS);
  }
}
