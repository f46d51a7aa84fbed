import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type ConnectionState,
  EventStream,
  POLL_MS,
  type Socket,
  type StreamMessage,
} from "../../src/stream/stream";

const ID = "00000000-0000-4000-8000-000000000000";

class FakeNetwork {
  readonly sockets: Socket[] = [];
  readonly resumePoints: (number | undefined)[] = [];
  readonly delivered: number[] = [];
  readonly states: ConnectionState[] = [];
  refetches = 0;
  readonly stream = new EventStream({
    open: (after) => {
      const socket: Socket = { close() {}, onopen: null, onmessage: null, onclose: null };
      this.sockets.push(socket);
      this.resumePoints.push(after);
      return socket;
    },
    onMessage: (message) => this.delivered.push(message.seq),
    onConnection: (state) => this.states.push(state),
    onRefetch: () => {
      this.refetches++;
    },
  });

  private get last(): Socket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  open() {
    this.last.onopen?.call(this.last as WebSocket, {} as Event);
  }

  send(message: unknown) {
    this.last.onmessage?.call(this.last as WebSocket, { data: JSON.stringify(message) } as MessageEvent);
  }

  break() {
    this.last.onclose?.call(this.last as WebSocket, {} as CloseEvent);
  }
}

const update = (seq: number): StreamMessage => ({
  type: "status_update",
  seq,
  data: { submissionId: ID, status: "Running" },
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a new connection resumes after the last event, without duplicates", () => {
  const network = new FakeNetwork();
  network.open();
  network.send(update(7));
  network.send(update(8));
  network.break();
  vi.advanceTimersByTime(1_000);
  expect(network.resumePoints).toEqual([undefined, 8]);
  network.open();
  network.send(update(8));
  network.send(update(9));
  expect(network.delivered).toEqual([7, 8, 9]);
  expect(network.states).toEqual(["connecting", "live", "waiting", "connecting", "live"]);
});

test("a resync causes a refetch", () => {
  const network = new FakeNetwork();
  network.open();
  network.send({ type: "resync", seq: 40, data: { detail: "lost" } });
  network.send(update(41));
  expect(network.refetches).toBe(1);
  expect(network.delivered).toEqual([41]);
});

test("polling starts if no socket opens, and ends when one does", () => {
  const network = new FakeNetwork();
  for (let attempt = 0; attempt < 3; attempt++) {
    network.break();
    vi.advanceTimersByTime(3_000);
  }
  expect(network.states.at(-1)).toBe("polling");
  const before = network.refetches;
  vi.advanceTimersByTime(POLL_MS * 3);
  expect(network.refetches).toBe(before + 3);
  network.open();
  const after = network.refetches;
  vi.advanceTimersByTime(POLL_MS * 3);
  expect(network.refetches).toBe(after);
  expect(network.states.at(-1)).toBe("live");
});

test("the delay between attempts grows up to a limit", () => {
  const network = new FakeNetwork();
  for (let attempt = 0; attempt < 12; attempt++) {
    network.break();
    vi.advanceTimersByTime(19_000);
  }
  expect(network.sockets.length).toBe(13);
  network.break();
  vi.advanceTimersByTime(1_000);
  expect(network.sockets.length).toBe(13);
});
