import type { FromProgram } from "../protocol";

type WithoutNonce<T> = T extends unknown ? Omit<T, "nonce"> : never;
type Message = WithoutNonce<FromProgram>;

// Kept from before the program runs: it may put functions of its own in their places.
const post = MessagePort.prototype.postMessage;
const apply = Reflect.apply;

/** A run's way to the page. */
export class ProgramPort {
  private over = false;

  constructor(
    private readonly port: MessagePort,
    private readonly nonce: string,
  ) {}

  /** Nothing is told after the end: a program that goes on after `process.exit` is not heard. */
  send(message: Message): void {
    if (this.over) return;
    if (message.kind === "end") this.over = true;
    apply(post, this.port, [{ ...message, nonce: this.nonce }]);
  }
}
