/**
 * The server's events over a WebSocket that reconnects. A new connection resumes after the last
 * event, so that none is lost; events that were already delivered are dropped. If no WebSocket can
 * be opened, listeners are asked to poll instead.
 */
import type { Schemas } from "../api/client";

export type StreamMessage = Schemas["StreamMessage"];
export type ConnectionState = "connecting" | "live" | "waiting" | "polling";

export type Socket = Pick<WebSocket, "close" | "onopen" | "onmessage" | "onclose">;

export interface EventStreamOptions {
  open: (after: number | undefined) => Socket;
  onMessage: (message: StreamMessage) => void;
  onConnection: (connection: ConnectionState) => void;
  /** Called when events may have been missed, and at intervals while polling. */
  onRefetch: () => void;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** Number of failed attempts in a row after which polling starts. */
const ATTEMPTS_BEFORE_POLLING = 3;
export const POLL_MS = 2_000;

export class EventStream {
  private after: number | undefined;
  private socket: Socket | undefined;
  private failures = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private pollTimer: ReturnType<typeof setInterval> | undefined;
  private closed = false;

  constructor(private readonly options: EventStreamOptions) {
    this.connect();
  }

  /** Reconnects without waiting: the network is back, or the page is visible again. */
  reconnectNow(): void {
    if (this.socket || this.closed) return;
    clearTimeout(this.retryTimer);
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retryTimer);
    clearInterval(this.pollTimer);
    this.socket?.close();
  }

  private connect(): void {
    if (this.failures < ATTEMPTS_BEFORE_POLLING) this.options.onConnection("connecting");
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
      clearInterval(this.pollTimer);
      this.pollTimer = undefined;
      this.options.onConnection("live");
    };
    socket.onmessage = (event) => this.handleMessage(String(event.data));
    socket.onclose = () => {
      this.socket = undefined;
      if (!this.closed) this.retry();
    };
  }

  private handleMessage(text: string): void {
    const message = JSON.parse(text) as StreamMessage;
    if (["status_update", "queue_position", "flag_changed"].includes(message.type)) {
      if (this.after !== undefined && message.seq <= this.after) return;
    }
    if (message.type === "error") return;
    this.after = message.seq;
    if (message.type === "resync") this.options.onRefetch();
    else this.options.onMessage(message);
  }

  private retry(): void {
    this.failures += 1;
    if (this.failures >= ATTEMPTS_BEFORE_POLLING) this.startPolling();
    else this.options.onConnection("waiting");
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (this.failures - 1), MAX_DELAY_MS);
    // Random, so that not all browsers reconnect at once after a restart of the server.
    this.retryTimer = setTimeout(() => this.connect(), delay * (0.75 + Math.random() / 2));
  }

  private startPolling(): void {
    this.options.onConnection("polling");
    if (this.pollTimer) return;
    this.options.onRefetch();
    this.pollTimer = setInterval(this.options.onRefetch, POLL_MS);
  }
}
