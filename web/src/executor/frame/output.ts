import { BATCH_BYTES, MAX_OUTPUT_BYTES, type OutputStream } from "../protocol";
import type { ProgramPort } from "./program-port";

/** What was written waits at most this long, as long as the program writes. */
const MAX_WAIT_MS = 40;

/** A program's output on its way to the page: in batches, and bounded. */
export class Output {
  private readonly batches: Record<OutputStream, Batch>;
  private total = 0;
  private last = performance.now();

  constructor(private readonly programPort: ProgramPort) {
    this.batches = { stdout: new Batch(), stderr: new Batch() };
  }

  write(stream: OutputStream, bytes: Uint8Array): void {
    const room = MAX_OUTPUT_BYTES - this.total;
    if (room <= 0) return;
    this.total += bytes.length;
    const fitting = bytes.length > room ? bytes.subarray(0, room) : bytes;
    const batch = this.batches[stream];
    for (let at = 0; at < fitting.length; ) {
      at += batch.take(fitting, at);
      if (batch.isFull()) this.flushOne(stream);
    }
    if (bytes.length >= room) {
      this.flush();
      this.programPort.send({ kind: "full" });
    } else if (performance.now() - this.last > MAX_WAIT_MS) {
      this.flush();
    }
  }

  flush(): void {
    this.flushOne("stdout");
    this.flushOne("stderr");
    this.last = performance.now();
  }

  private flushOne(stream: OutputStream): void {
    const bytes = this.batches[stream].empty();
    if (bytes.length > 0) this.programPort.send({ kind: "output", stream, bytes });
  }
}

class Batch {
  private readonly bytes = new Uint8Array(BATCH_BYTES);
  private length = 0;

  /** Takes what fits, and answers how much that was. */
  take(from: Uint8Array, at: number): number {
    const part = from.subarray(at, at + this.bytes.length - this.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
    return part.length;
  }

  isFull(): boolean {
    return this.length === this.bytes.length;
  }

  empty(): Uint8Array {
    const bytes = this.bytes.slice(0, this.length);
    this.length = 0;
    return bytes;
  }
}
