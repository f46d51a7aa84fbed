import type { FromProgram } from "../protocol";

type WithoutNonce<T> = T extends unknown ? Omit<T, "nonce"> : never;
type Message = WithoutNonce<FromProgram>;

// Saved before the program runs, which can replace these functions.
const post = MessagePort.prototype.postMessage;
const apply = Reflect.apply;

/** A run's port to the page. */
export class ProgramPort {
  private isClosed = false;

  constructor(
    private readonly port: MessagePort,
    private readonly nonce: string,
  ) {}

  /** Sends a message; after the exit none is sent, even if the program goes on after `process.exit`. */
  send(message: Message): void {
    if (this.isClosed) return;
    if (message.kind === "exited") this.isClosed = true;
    apply(post, this.port, [{ ...message, nonce: this.nonce }]);
  }
}
