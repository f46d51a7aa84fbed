/**
 * Runs programs in the browser. The page owns the clock and the bounds: whatever a program does to
 * its worker, the page ends it from outside, and if need be the whole frame with it.
 */
import { loadAssets, storeSnapshot } from "./assets";
import { FrameHost } from "./frame-host";
import type { BrowserLanguage, FromFrame, FromProgram, LanguageAssets, Program } from "./protocol";
import type { RunOutcome, RunReport } from "./report";

export const TIME_LIMIT_MS = 5_000;
/** For a worker to start, which a person waits for only when no spare is ready. */
const START_LIMIT_MS: Record<BrowserLanguage, number> = { javascript: 10_000, python: 30_000 };

const CRASHED: RunOutcome = { kind: "exited", exitCode: 1 };

export interface RunOptions {
  onOutput?: (stdout: string) => void;
  signal?: AbortSignal;
}

interface Active {
  finish(outcome: RunOutcome, more?: Partial<RunReport>): void;
}

export class Executor {
  private frame: FrameHost | undefined;
  private readonly assets = new Map<BrowserLanguage, Promise<LanguageAssets>>();
  private readonly loaded = new Set<BrowserLanguage>();
  private readonly spares = new Map<BrowserLanguage, () => void>();
  private readonly active = new Map<number, Active>();
  private readonly located = new Map<number, (place: { line: number; column: number }) => void>();
  private ready = new Set<BrowserLanguage>();
  private nextId = 1;
  private snapshot: "not_needed" | "wanted" | "asked" = "not_needed";

  /** Makes a spare ready for the next run. Resolves when there is one. */
  async prepare(language: BrowserLanguage): Promise<void> {
    if (this.ready.has(language)) return;
    const spare = new Promise<void>((resolve) => this.spares.set(language, resolve));
    await this.load(language);
    await spare;
  }

  isReady(language: BrowserLanguage): boolean {
    return this.ready.has(language);
  }

  async run(language: BrowserLanguage, program: Program, options: RunOptions = {}): Promise<RunReport> {
    const frame = await this.load(language).catch((error: unknown) => String(error));
    if (typeof frame === "string") return nothingRan(`Its assets could not be loaded (${frame}).`);
    this.ready.delete(language);
    const id = this.nextId++;
    let report = await this.follow(frame, id, language, program, options);
    // It died of what ran before it: it never began.
    if (report.outcome.kind === "memory_exceeded" && report.time === 0) {
      report = await this.follow(await this.load(language), id, language, program, options);
    }
    this.active.delete(id);
    if (this.active.size === 0) this.frame?.stopWatching();
    void this.frame?.send({ kind: "stop", id });
    // A program that had to be ended may still be about to take its process with it, and the next one in the same.
    if (report.outcome.kind === "time_exceeded") this.bury(frame);
    this.askForSnapshot();
    return report;
  }

  /** Where a text that is not a program stops being one. */
  private async locate(code: string): Promise<{ line: number; column: number } | undefined> {
    const id = this.nextId++;
    const place = new Promise<{ line: number; column: number }>((resolve) => this.located.set(id, resolve));
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, 1500, undefined));
    void this.frame?.send({ kind: "locate", id, code });
    const found = await Promise.race([place, late]);
    this.located.delete(id);
    return found?.line ? found : undefined;
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
    let begun = 0;
    return new Promise((resolve) => {
      let clock = setTimeout(
        () => finish({ kind: "internal_error", detail: "It did not start." }),
        START_LIMIT_MS[language],
      );
      const finish = (outcome: RunOutcome, more: Partial<RunReport> = {}) => {
        clearTimeout(clock);
        port1.close();
        const time = begun === 0 ? 0 : performance.now() - begun;
        for (const stream of ["stdout", "stderr"] as const) texts[stream] += decoders[stream].decode();
        resolve({ place: "browser", outcome, ...texts, time, ...more });
      };
      this.active.set(id, { finish });
      signal?.addEventListener("abort", () => finish({ kind: "stopped" }), { once: true });
      const hear = async (message: FromProgram) => {
        switch (message.kind) {
          case "begun":
            begun = performance.now();
            clearTimeout(clock);
            clock = setTimeout(
              () => finish({ kind: "time_exceeded", limitMs: TIME_LIMIT_MS }),
              TIME_LIMIT_MS,
            );
            break;
          case "output":
            texts[message.stream] += decoders[message.stream].decode(message.bytes, { stream: true });
            onOutput?.(texts.stdout);
            break;
          case "full":
            finish({ kind: "output_exceeded" });
            break;
          case "end": {
            clearTimeout(clock);
            const asked = message.syntaxError && language === "javascript";
            const syntaxError = asked ? await this.locate(program.code) : undefined;
            const exited: RunOutcome = { kind: "exited", exitCode: message.exitCode };
            const isOurs = message.syntaxError && !message.unsupported;
            finish(isOurs ? { kind: "compile_failed" } : exited, {
              unsupported: message.unsupported,
              syntaxError,
            });
            break;
          }
        }
      };
      port1.onmessage = (event: MessageEvent<FromProgram>) => {
        // A program that found a way to its port would still not know this.
        if (event.data?.nonce === nonce) void hear(event.data);
      };
      frame.startWatching();
      void frame.send({ kind: "run", id, language, program, nonce }, [port2]);
    });
  }

  private async load(language: BrowserLanguage): Promise<FrameHost> {
    const assets = this.assets.get(language) ?? loadAssets(language);
    this.assets.set(language, assets);
    // The next try may find the network again.
    assets.catch(() => this.assets.delete(language));
    // It comes up while they are on their way.
    this.frame ??= this.makeFrame();
    const given = await assets;
    // It may have died meanwhile.
    this.frame ??= this.makeFrame();
    const frame = this.frame;
    if (!this.loaded.has(language)) {
      this.loaded.add(language);
      void frame.send({ kind: "load", language, assets: given });
    }
    return frame;
  }

  private makeFrame(): FrameHost {
    const frame: FrameHost = new FrameHost(
      (message) => this.hear(message),
      () => this.bury(frame),
    );
    return frame;
  }

  private hear(message: FromFrame): void {
    switch (message.kind) {
      case "spare":
        this.ready.add(message.language);
        this.spares.get(message.language)?.();
        if (message.language === "python") void this.considerSnapshot();
        break;
      case "snapshot":
        void this.keepSnapshot(message.bytes);
        break;
      case "located":
        this.located.get(message.id)?.({ line: message.line, column: message.column });
        break;
      case "crashed":
        this.active
          .get(message.id)
          ?.finish(CRASHED, { unsupported: "Changing the language's own functions in this way" });
        break;
      case "broken":
        for (const run of this.active.values())
          run.finish({ kind: "internal_error", detail: message.detail });
        break;
      case "awake":
      case "pong":
        break;
    }
  }

  /** Once Python has started the slow way, its memory is kept for all later starts. */
  private async considerSnapshot(): Promise<void> {
    const assets = await this.assets.get("python");
    if (!assets || assets.snapshot || this.snapshot === "asked") return;
    this.snapshot = "wanted";
    this.askForSnapshot();
  }

  /** Not while a program runs: it would have to share its time. */
  private askForSnapshot(): void {
    if (this.snapshot !== "wanted" || this.active.size > 0) return;
    this.snapshot = "asked";
    void this.frame?.send({ kind: "make_snapshot" });
  }

  private async keepSnapshot(snapshot: ArrayBuffer): Promise<void> {
    const assets = await this.assets.get("python");
    if (!assets) return;
    this.assets.set("python", Promise.resolve({ ...assets, snapshot }));
    await storeSnapshot(snapshot);
  }

  /** The frame has died, and what ran in it: most likely for want of memory. */
  private bury(frame: FrameHost): void {
    frame.remove();
    if (this.frame !== frame) return;
    this.frame = undefined;
    const languages = [...this.loaded];
    this.loaded.clear();
    this.ready.clear();
    for (const run of this.active.values()) run.finish({ kind: "memory_exceeded" });
    for (const language of languages) void this.load(language);
  }
}

function nothingRan(detail: string): RunReport {
  return { place: "browser", outcome: { kind: "internal_error", detail }, stdout: "", stderr: "", time: 0 };
}
