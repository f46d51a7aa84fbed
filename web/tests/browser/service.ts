/** The real service, started for a test: the binary that cargo built, on a free port, with data of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const START_MS = 60_000;

function binary(): string {
  const given = process.env.LETSCODE_BINARY;
  if (given) return given;
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const built = ["debug", "release"]
    .map((profile) => join(target, profile, "letscode"))
    .filter((one) => existsSync(one));
  const newest = built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!newest) throw new Error("there is no letscode to test: run `cargo build --bin letscode` first");
  return newest;
}

async function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export class Service {
  private process: ChildProcess | undefined;
  private log = "";

  private constructor(
    readonly port: number,
    private readonly data: string,
  ) {}

  static async start(): Promise<Service> {
    // Where the service's own unprivileged user can get to.
    const service = new Service(await freePort(), mkdtempSync(join(tmpdir(), "page-test-")));
    await service.begin();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async begin(): Promise<void> {
    const address = `127.0.0.1:${this.port}`;
    const child = spawn(binary(), ["serve", "--listen", address, "--data", join(this.data, "data")], {
      env: { ...process.env, RUST_LOG: "letscode=info,letscode_server=info" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    const keep = (chunk: Buffer) => {
      this.log += chunk;
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    const until = Date.now() + START_MS;
    while (Date.now() < until) {
      if (child.exitCode !== null) break;
      const ready = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((wait) => setTimeout(wait, 100));
    }
    throw new Error(`the service did not start:\n${this.log}`);
  }

  /** Imports packages while the service runs. */
  import(...packages: string[]): void {
    const done = spawnSync(binary(), ["problem", "import", ...packages, "--data", join(this.data, "data")]);
    if (done.status !== 0) throw new Error(`import failed: ${done.stderr}`);
  }

  /** As a crash: nothing is finished first. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    rmSync(this.data, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolveEnd) => child.once("exit", resolveEnd));
    child.kill(signal);
    await ended;
  }

  async ask<T>(path: string, body?: unknown): Promise<T> {
    const headers = { "content-type": "application/json" };
    const init = body === undefined ? undefined : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, init);
    return (await response.json()) as T;
  }
}
