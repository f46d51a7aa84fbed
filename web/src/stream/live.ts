/** The one stream of this page, and who listens to it. */

import type { Schemas } from "../api/client";
import { userId } from "../api/person";
import { Store } from "../store";
import { type Connection, type Socket, Stream, type StreamMessage } from "./stream";

type Listener = { onMessage(message: StreamMessage): void; onLookUp(): void };

const listeners = new Set<Listener>();
const recent: StreamMessage[] = [];
/** A submission's first events can come before its id does. */
const MAX_RECENT = 500;

export const connection = new Store<Connection>("connecting");
export const load = new Store<Schemas["SystemStatus"] | undefined>(undefined);

export function openSocket(after: number | undefined): Socket {
  const address = new URL("/ws", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("userId", userId);
  if (after !== undefined) address.searchParams.set("after", String(after));
  return new WebSocket(address);
}

let stream: Stream | undefined;

export function startStream(): void {
  stream ??= new Stream({
    open: openSocket,
    onConnection: (state) => connection.set(state),
    onLookUp: () => {
      for (const one of listeners) one.onLookUp();
    },
    onMessage: (message) => {
      if (message.type === "system_status") load.set(message.data);
      else recent.push(message);
      if (recent.length > MAX_RECENT) recent.shift();
      for (const one of listeners) one.onMessage(message);
    },
  });
  addEventListener("online", () => stream?.hurry());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) stream?.hurry();
  });
}

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function recentMessages(): readonly StreamMessage[] {
  return recent;
}
