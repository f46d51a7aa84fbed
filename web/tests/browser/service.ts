/** The real service, started for a test: cargo's binary on a free port, with a data folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const START_LIMIT_MS = 60_000;

function binary(): string {
  const configured = process.env.LETSCODE_BINARY;
  if (configured) return configured;
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const built = ["debug", "release"]
    .map((profile) => join(target, profile, "letscode"))
    .filter((path) => existsSync(path));
  const newest = built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!newest) throw new Error("no binary to test: run `cargo build --bin letscode` first");
  return newest;
}

async function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export class Service {
  private process: ChildProcess | undefined;
  private log = "";

  private constructor(
    readonly port: number,
    private readonly data: string,
    /** More arguments of `letscode serve`; they hold from the next start on. */
    public args: string[],
  ) {}

  static async start(...args: string[]): Promise<Service> {
    // The service's unprivileged user needs access to this folder.
    const service = new Service(await freePort(), mkdtempSync(join(tmpdir(), "page-test-")), args);
    await service.launch();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async launch(): Promise<void> {
    const address = `127.0.0.1:${this.port}`;
    const child = spawn(
      binary(),
      ["serve", "--listen", address, "--data", join(this.data, "data"), ...this.args],
      {
        env: { ...process.env, RUST_LOG: "letscode=info,letscode_server=info" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.process = child;
    const appendLog = (chunk: Buffer) => {
      this.log += chunk;
    };
    child.stdout?.on("data", appendLog);
    child.stderr?.on("data", appendLog);
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (child.exitCode !== null) break;
      const ready = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((resume) => setTimeout(resume, 100));
    }
    throw new Error(`the service did not start:\n${this.log}`);
  }

  /** Imports packages while the service runs. */
  import(...packages: string[]): void {
    const result = spawnSync(binary(), ["problem", "import", ...packages, "--data", join(this.data, "data")]);
    if (result.status !== 0) throw new Error(`import failed: ${result.stderr}`);
  }

  /** Makes an account on the command line. */
  addUser(name: string, password: string, role = "user"): void {
    const args = ["user", "add", name, "--role", role, "--data", join(this.data, "data")];
    const result = spawnSync(binary(), args, { input: `${password}\n` });
    if (result.status !== 0) throw new Error(`user add failed: ${result.stderr}`);
  }

  /** Ends the service, and starts it with other arguments. */
  async restart(...args: string[]): Promise<void> {
    await this.end("SIGTERM");
    this.args = args;
    await this.launch();
  }

  /** Kills the service, as in a crash. */
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

  async request<T>(path: string, body?: unknown): Promise<T> {
    const headers = { "content-type": "application/json" };
    const init = body === undefined ? undefined : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, init);
    return (await response.json()) as T;
  }
}
