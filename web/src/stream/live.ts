/** The page's event stream and its listeners. */

import type { Schemas } from "../api/client";
import { retryFailedQueries } from "../api/queries";
import { userProtocols } from "../api/user";
import { Store } from "../store";
import { type ConnectionState, EventStream, type Socket, type StreamMessage } from "./stream";

interface Listener {
  onMessage(message: StreamMessage): void;
  /** Called when events may have been missed, or when none can arrive. */
  onRefetch(): void;
}

const listeners = new Set<Listener>();
const recent: StreamMessage[] = [];
/** The first events of a submission can arrive before its id does. */
const MAX_RECENT = 500;

export const connection = new Store<ConnectionState | "off">("off");
export const load = new Store<Schemas["SystemStatus"] | undefined>(undefined);

function openSocket(after: number | undefined): Socket {
  const address = new URL("/ws", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (after !== undefined) address.searchParams.set("after", String(after));
  return new WebSocket(address, userProtocols);
}

let stream: EventStream | undefined;

/** Opens the stream. An open one, of the user before, is replaced. */
export function startStream(): void {
  stopStream();
  stream = new EventStream({
    open: openSocket,
    onConnection: (state) => {
      if (state === "live") retryFailedQueries();
      connection.set(state);
    },
    onRefetch: () => {
      for (const listener of listeners) listener.onRefetch();
    },
    onMessage: (message) => {
      if (message.type === "system_status") load.set(message.data);
      else recent.push(message);
      if (recent.length > MAX_RECENT) recent.shift();
      for (const listener of listeners) listener.onMessage(message);
    },
  });
}

/** Closes the stream, and forgets what came over it. */
export function stopStream(): void {
  stream?.close();
  stream = undefined;
  recent.length = 0;
  load.set(undefined);
  connection.set("off");
}

/** Reconnects when the network is back and when the page is visible again. */
export function watchNetwork(): void {
  addEventListener("online", () => stream?.reconnectNow());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) stream?.reconnectNow();
  });
}

/** Adds a listener; the returned function removes it. */
export function onServerEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function recentMessages(): readonly StreamMessage[] {
  return recent;
}
