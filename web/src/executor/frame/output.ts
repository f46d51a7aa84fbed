import { BATCH_BYTES, MAX_OUTPUT_BYTES, type OutputStream } from "../protocol";
import type { ProgramPort } from "./program-port";

/** Longest time that output is buffered while the program writes. */
const MAX_DELAY_MS = 40;

/** Sends a program's output to the page: in batches, up to a limit. */
export class Output {
  private readonly batches: Record<OutputStream, OutputBatch>;
  private total = 0;
  private lastFlush = performance.now();

  constructor(private readonly programPort: ProgramPort) {
    this.batches = { stdout: new OutputBatch(), stderr: new OutputBatch() };
  }

  write(stream: OutputStream, bytes: Uint8Array): void {
    const remaining = MAX_OUTPUT_BYTES - this.total;
    if (remaining <= 0) return;
    this.total += bytes.length;
    const accepted = bytes.length > remaining ? bytes.subarray(0, remaining) : bytes;
    const batch = this.batches[stream];
    for (let at = 0; at < accepted.length; ) {
      at += batch.append(accepted, at);
      if (batch.isFull()) this.flushStream(stream);
    }
    if (bytes.length >= remaining) {
      this.flush();
      this.programPort.send({ kind: "output_limit" });
    } else if (performance.now() - this.lastFlush > MAX_DELAY_MS) {
      this.flush();
    }
  }

  flush(): void {
    this.flushStream("stdout");
    this.flushStream("stderr");
    this.lastFlush = performance.now();
  }

  private flushStream(stream: OutputStream): void {
    const bytes = this.batches[stream].empty();
    if (bytes.length > 0) this.programPort.send({ kind: "output", stream, bytes });
  }
}

class OutputBatch {
  private readonly bytes = new Uint8Array(BATCH_BYTES);
  private length = 0;

  /** Appends as much as fits, and returns the number of bytes. */
  append(from: Uint8Array, at: number): number {
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
