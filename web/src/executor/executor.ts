/**
 * Runs programs in the browser. The page enforces the time limit from outside: whatever a program
 * does to its worker, the page can end the worker or the whole frame.
 */
import { loadAssets, storeSnapshot } from "./assets";
import { FrameHost } from "./frame-host";
import type { BrowserLanguage, FromFrame, FromProgram, LanguageAssets, Program } from "./protocol";
import type { RunOutcome, RunReport } from "./report";

export const TIME_LIMIT_MS = 5_000;
/** Limit for the start of a worker. The user waits for it only if no spare is ready. */
const START_LIMIT_MS: Record<BrowserLanguage, number> = { javascript: 10_000, python: 30_000 };

const CRASHED: RunOutcome = { kind: "exited", exitCode: 1 };

export interface RunOptions {
  onOutput?: (stdout: string) => void;
  signal?: AbortSignal;
}

interface Position {
  line: number;
  column: number;
}

interface ActiveRun {
  finish(outcome: RunOutcome, details?: Partial<RunReport>): void;
}

export class Executor {
  private frame: FrameHost | undefined;
  private readonly assets = new Map<BrowserLanguage, Promise<LanguageAssets>>();
  private readonly loadedLanguages = new Set<BrowserLanguage>();
  private readonly spareCallbacks = new Map<BrowserLanguage, () => void>();
  private readonly activeRuns = new Map<number, ActiveRun>();
  private readonly positionCallbacks = new Map<number, (position: Position) => void>();
  private readyLanguages = new Set<BrowserLanguage>();
  private nextId = 1;
  private snapshot: "not_needed" | "pending" | "requested" = "not_needed";

  /** Starts a spare worker for the next run; resolves when it is ready. */
  async prepare(language: BrowserLanguage): Promise<void> {
    if (this.readyLanguages.has(language)) return;
    const spare = new Promise<void>((resolve) => this.spareCallbacks.set(language, resolve));
    await this.load(language);
    await spare;
  }

  isReady(language: BrowserLanguage): boolean {
    return this.readyLanguages.has(language);
  }

  async run(language: BrowserLanguage, program: Program, options: RunOptions = {}): Promise<RunReport> {
    const frame = await this.load(language).catch((error: unknown) => String(error));
    if (typeof frame === "string") return notRun(`The language could not be loaded (${frame}).`);
    this.readyLanguages.delete(language);
    const id = this.nextId++;
    let report = await this.follow(frame, id, language, program, options);
    // The frame died of an earlier program, before this one started.
    if (report.outcome.kind === "memory_exceeded" && report.time === 0) {
      report = await this.follow(await this.load(language), id, language, program, options);
    }
    this.activeRuns.delete(id);
    if (this.activeRuns.size === 0) this.frame?.stopWatching();
    void this.frame?.send({ kind: "stop", id });
    // A program that had to be ended may still be about to crash the process, together with the next program.
    if (report.outcome.kind === "time_exceeded") this.discardFrame(frame);
    this.requestSnapshot();
    return report;
  }

  /** Returns the position of the syntax error in `code`. */
  private async locateSyntaxError(code: string): Promise<Position | undefined> {
    const id = this.nextId++;
    const position = new Promise<Position>((resolve) => this.positionCallbacks.set(id, resolve));
    const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, 1500, undefined));
    void this.frame?.send({ kind: "locate_syntax_error", id, code });
    const result = await Promise.race([position, timeout]);
    this.positionCallbacks.delete(id);
    return result?.line ? result : undefined;
  }

  private follow(
    frame: FrameHost,
    id: number,
    language: BrowserLanguage,
    program: Program,
    { onOutput, signal }: RunOptions,
  ): Promise<RunReport> {
    const { port1, port2 } = new MessageChannel();
    const nonce = crypto.randomUUID();
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    const texts = { stdout: "", stderr: "" };
    let startedAt = 0;
    return new Promise((resolve) => {
      let timer = setTimeout(
        () => finish({ kind: "internal_error", detail: "The worker did not start in time." }),
        START_LIMIT_MS[language],
      );
      const finish = (outcome: RunOutcome, details: Partial<RunReport> = {}) => {
        clearTimeout(timer);
        port1.close();
        const time = startedAt === 0 ? 0 : performance.now() - startedAt;
        for (const stream of ["stdout", "stderr"] as const) texts[stream] += decoders[stream].decode();
        resolve({ place: "browser", outcome, ...texts, time, ...details });
      };
      this.activeRuns.set(id, { finish });
      signal?.addEventListener("abort", () => finish({ kind: "stopped" }), { once: true });
      const handleMessage = async (message: FromProgram) => {
        switch (message.kind) {
          case "started":
            startedAt = performance.now();
            clearTimeout(timer);
            timer = setTimeout(
              () => finish({ kind: "time_exceeded", limitMs: TIME_LIMIT_MS }),
              TIME_LIMIT_MS,
            );
            break;
          case "output":
            texts[message.stream] += decoders[message.stream].decode(message.bytes, { stream: true });
            onOutput?.(texts.stdout);
            break;
          case "output_limit":
            finish({ kind: "output_exceeded" });
            break;
          case "exited": {
            clearTimeout(timer);
            const canLocate = message.syntaxError && language === "javascript";
            const syntaxError = canLocate ? await this.locateSyntaxError(program.code) : undefined;
            const exited: RunOutcome = { kind: "exited", exitCode: message.exitCode };
            const isSyntaxError = message.syntaxError && !message.unsupported;
            finish(isSyntaxError ? { kind: "compile_failed" } : exited, {
              unsupported: message.unsupported,
              syntaxError,
            });
            break;
          }
        }
      };
      port1.onmessage = (event: MessageEvent<FromProgram>) => {
        // A program that gets hold of its port does not know the nonce.
        if (event.data?.nonce === nonce) void handleMessage(event.data);
      };
      frame.startWatching();
      void frame.send({ kind: "run", id, language, program, nonce }, [port2]);
    });
  }

  private async load(language: BrowserLanguage): Promise<FrameHost> {
    const assets = this.assets.get(language) ?? loadAssets(language);
    this.assets.set(language, assets);
    // A later attempt may succeed.
    assets.catch(() => this.assets.delete(language));
    // The frame starts while the files are being loaded.
    this.frame ??= this.makeFrame();
    const files = await assets;
    // The frame may have died in the meantime.
    this.frame ??= this.makeFrame();
    const frame = this.frame;
    if (!this.loadedLanguages.has(language)) {
      this.loadedLanguages.add(language);
      void frame.send({ kind: "load", language, assets: files });
    }
    return frame;
  }

  private makeFrame(): FrameHost {
    const frame: FrameHost = new FrameHost(
      (message) => this.handleFrameMessage(message),
      () => this.discardFrame(frame),
    );
    return frame;
  }

  private handleFrameMessage(message: FromFrame): void {
    switch (message.kind) {
      case "spare_ready":
        this.readyLanguages.add(message.language);
        this.spareCallbacks.get(message.language)?.();
        if (message.language === "python") void this.considerSnapshot();
        break;
      case "snapshot":
        void this.adoptSnapshot(message.bytes);
        break;
      case "syntax_error_located":
        this.positionCallbacks.get(message.id)?.({ line: message.line, column: message.column });
        break;
      case "crashed":
        this.activeRuns
          .get(message.id)
          ?.finish(CRASHED, { unsupported: "changing the language's own functions in this way" });
        break;
      case "failed":
        for (const run of this.activeRuns.values())
          run.finish({ kind: "internal_error", detail: message.detail });
        break;
      case "frame_ready":
      case "pong":
        break;
    }
  }

  /** Plans a snapshot for later starts if Python has started without one. */
  private async considerSnapshot(): Promise<void> {
    const assets = await this.assets.get("python");
    if (!assets || assets.snapshot || this.snapshot === "requested") return;
    this.snapshot = "pending";
    this.requestSnapshot();
  }

  /** Requests the snapshot unless a program is running, which would be slowed down. */
  private requestSnapshot(): void {
    if (this.snapshot !== "pending" || this.activeRuns.size > 0) return;
    this.snapshot = "requested";
    void this.frame?.send({ kind: "make_snapshot" });
  }

  private async adoptSnapshot(snapshot: ArrayBuffer): Promise<void> {
    const assets = await this.assets.get("python");
    if (!assets) return;
    this.assets.set("python", Promise.resolve({ ...assets, snapshot }));
    await storeSnapshot(snapshot);
  }

  /** Replaces a frame that died with its programs, most likely because memory ran out. */
  private discardFrame(frame: FrameHost): void {
    frame.remove();
    if (this.frame !== frame) return;
    this.frame = undefined;
    const languages = [...this.loadedLanguages];
    this.loadedLanguages.clear();
    this.readyLanguages.clear();
    for (const run of this.activeRuns.values()) run.finish({ kind: "memory_exceeded" });
    for (const language of languages) void this.load(language);
  }
}

function notRun(detail: string): RunReport {
  return { place: "browser", outcome: { kind: "internal_error", detail }, stdout: "", stderr: "", time: 0 };
}
