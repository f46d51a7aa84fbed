/** `readline` over standard input: events, iteration, questions. */
import { EventEmitter } from "events/";

interface Input {
  on(event: string, listener: (chunk: unknown) => void): unknown;
  pause?(): unknown;
  resume?(): unknown;
}

interface ReadlineOptions {
  input: Input;
  output?: { write(text: string): unknown };
  prompt?: string;
}

export class Interface extends EventEmitter {
  line = "";
  terminal = false;
  closed = false;
  private readonly lines: string[] = [];
  private partialLine = "";
  private isPaused = false;
  private hasInputEnded = false;
  private questions: ((answer: string) => void)[] = [];
  private isEmitting = false;

  constructor(
    private readonly options: ReadlineOptions,
    private readonly defer: (work: () => void) => void,
  ) {
    super();
    options.input.on("data", (chunk) => this.take(String(chunk)));
    options.input.on("end", () => this.finish());
  }

  private take(text: string): void {
    const lines = (this.partialLine + text).split(/\r\n|\n|\r/);
    this.partialLine = lines.pop() ?? "";
    this.lines.push(...lines);
    this.emitLines();
  }

  private finish(): void {
    if (this.partialLine) this.lines.push(this.partialLine);
    this.partialLine = "";
    this.hasInputEnded = true;
    this.emitLines();
  }

  /** Emits lines as events; a pending question takes the next line instead. */
  private emitLines(): void {
    if (this.isEmitting) return;
    this.isEmitting = true;
    while (!this.isPaused && !this.closed) {
      const line = this.lines.shift();
      if (line === undefined) break;
      const question = this.questions.shift();
      if (question) question(line);
      else this.emit("line", line);
    }
    this.isEmitting = false;
    if (this.hasInputEnded && this.lines.length === 0 && !this.closed && !this.isPaused) this.close();
  }

  question(query: string, ...rest: unknown[]): void {
    const answer = rest.pop() as (answer: string) => void;
    this.options.output?.write(query);
    const line = this.lines.shift();
    if (line === undefined) this.questions.push(answer);
    else this.defer(() => answer(line));
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
    this.isPaused = true;
    this.emit("pause");
    return this;
  }

  resume(): this {
    if (!this.isPaused) return this;
    this.isPaused = false;
    this.emit("resume");
    this.defer(() => this.emitLines());
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
    let isClosed = this.closed;
    this.on("line", (line: string) => {
      const next = waiting.shift();
      if (next) next({ value: line, done: false });
      else ready.push(line);
    });
    this.on("close", () => {
      isClosed = true;
      for (const next of waiting.splice(0)) next({ value: undefined, done: true });
    });
    const close = () => this.close();
    return {
      next: async () => {
        const line = ready.shift();
        if (line !== undefined) return { value: line, done: false };
        if (isClosed) return { value: undefined, done: true };
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

export function readlineModule(defer: (work: () => void) => void) {
  const createInterface = (first: ReadlineOptions | Input, output?: ReadlineOptions["output"]) => {
    const options = "input" in first ? (first as ReadlineOptions) : { input: first as Input, output };
    return new Interface(options, defer);
  };
  const noop = (_stream: unknown, ...rest: unknown[]) => {
    const callback = rest.at(-1);
    if (typeof callback === "function") callback();
    return true;
  };
  const promises = {
    Interface,
    createInterface(first: ReadlineOptions | Input, output?: ReadlineOptions["output"]) {
      const lines = createInterface(first, output);
      const askQuestion = lines.question.bind(lines);
      const question = (query: string) => new Promise<string>((resolve) => askQuestion(query, resolve));
      return Object.assign(lines, { question });
    },
  };
  return { Interface, createInterface, clearLine: noop, cursorTo: noop, moveCursor: noop, promises };
}
