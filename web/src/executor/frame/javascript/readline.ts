/** `readline` over standard input: events, iteration, questions. */
import { EventEmitter } from "events/";

interface Input {
  on(event: string, listener: (chunk: unknown) => void): unknown;
  pause?(): unknown;
  resume?(): unknown;
}

interface Options {
  input: Input;
  output?: { write(text: string): unknown };
  prompt?: string;
}

export class Interface extends EventEmitter {
  line = "";
  terminal = false;
  closed = false;
  private readonly lines: string[] = [];
  private rest = "";
  private paused = false;
  private ended = false;
  private asked: ((answer: string) => void)[] = [];
  private emitting = false;

  constructor(
    private readonly options: Options,
    private readonly soon: (work: () => void) => void,
  ) {
    super();
    options.input.on("data", (chunk) => this.take(String(chunk)));
    options.input.on("end", () => this.finish());
  }

  private take(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = lines.pop() ?? "";
    this.lines.push(...lines);
    this.emitLines();
  }

  private finish(): void {
    if (this.rest) this.lines.push(this.rest);
    this.rest = "";
    this.ended = true;
    this.emitLines();
  }

  /** Lines that nobody waits for are events; a question takes the next one. */
  private emitLines(): void {
    if (this.emitting) return;
    this.emitting = true;
    while (!this.paused && !this.closed) {
      const line = this.lines.shift();
      if (line === undefined) break;
      const question = this.asked.shift();
      if (question) question(line);
      else this.emit("line", line);
    }
    this.emitting = false;
    if (this.ended && this.lines.length === 0 && !this.closed && !this.paused) this.close();
  }

  question(query: string, ...rest: unknown[]): void {
    const answer = rest.pop() as (answer: string) => void;
    this.options.output?.write(query);
    const line = this.lines.shift();
    if (line === undefined) this.asked.push(answer);
    else this.soon(() => answer(line));
  }

  setPrompt(prompt: string): void {
    this.options.prompt = prompt;
  }

  getPrompt(): string {
    return this.options.prompt ?? "> ";
  }

  prompt(): void {
    this.options.output?.write(this.getPrompt());
    this.resume();
  }

  write(): void {}

  pause(): this {
    this.paused = true;
    this.emit("pause");
    return this;
  }

  resume(): this {
    if (!this.paused) return this;
    this.paused = false;
    this.emit("resume");
    this.soon(() => this.emitLines());
    return this;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.options.input.pause?.();
    this.emit("close");
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string> {
    const waiting: ((next: IteratorResult<string>) => void)[] = [];
    const ready: string[] = [];
    let over = this.closed;
    this.on("line", (line: string) => {
      const next = waiting.shift();
      if (next) next({ value: line, done: false });
      else ready.push(line);
    });
    this.on("close", () => {
      over = true;
      for (const next of waiting.splice(0)) next({ value: undefined, done: true });
    });
    const close = () => this.close();
    return {
      next: async () => {
        const line = ready.shift();
        if (line !== undefined) return { value: line, done: false };
        if (over) return { value: undefined, done: true };
        return new Promise((resolve) => waiting.push(resolve));
      },
      return: async () => {
        close();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

export function readlineModule(soon: (work: () => void) => void) {
  const createInterface = (first: Options | Input, output?: Options["output"]) => {
    const options = "input" in first ? (first as Options) : { input: first as Input, output };
    return new Interface(options, soon);
  };
  const nothing = (_stream: unknown, ...rest: unknown[]) => {
    const callback = rest.at(-1);
    if (typeof callback === "function") callback();
    return true;
  };
  const promises = {
    Interface,
    createInterface(first: Options | Input, output?: Options["output"]) {
      const lines = createInterface(first, output);
      const ask = lines.question.bind(lines);
      const question = (query: string) => new Promise<string>((resolve) => ask(query, resolve));
      return Object.assign(lines, { question });
    },
  };
  return { Interface, createInterface, clearLine: nothing, cursorTo: nothing, moveCursor: nothing, promises };
}
