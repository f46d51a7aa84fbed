/** A small OpenID provider, which logs one person in without a question. */
import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

export class Provider {
  /** Claims of who logs in next. */
  person: Record<string, string> = { sub: "7", preferred_username: "countess" };
  private readonly keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  private readonly codes = new Map<string, { nonce: string; challenge: string }>();

  private constructor(private readonly server: Server) {
    server.on("request", (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<Provider> {
    const server = createServer();
    const provider = new Provider(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const json = (body: object) => {
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    };
    switch (pathname) {
      case "/.well-known/openid-configuration":
        return json({
          issuer: this.url,
          authorization_endpoint: `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
          jwks_uri: `${this.url}/keys`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
        });
      case "/keys":
        return json({ keys: [{ ...this.keys.publicKey.export({ format: "jwk" }), kid: "1", use: "sig" }] });
      case "/authorize": {
        const of = (name: string) => searchParams.get(name) ?? "";
        const code = randomUUID();
        this.codes.set(code, { nonce: of("nonce"), challenge: of("code_challenge") });
        const back = new URL(of("redirect_uri"));
        back.search = new URLSearchParams({ code, state: of("state") }).toString();
        response.writeHead(302, { location: back.href }).end();
        return;
      }
      case "/token": {
        const form = new URLSearchParams(await bodyOf(request));
        const code = this.codes.get(form.get("code") ?? "");
        const challenge = createHash("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url");
        if (code?.challenge !== challenge) {
          response.statusCode = 400;
          return json({ error: "invalid_grant" });
        }
        return json({ access_token: "unused", token_type: "Bearer", id_token: this.idToken(code.nonce) });
      }
      default:
        response.writeHead(404).end();
    }
  }

  private idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.url, aud: "judge", iat: now, exp: now + 300, nonce, ...this.person };
    const text = `${encode({ alg: "RS256", kid: "1" })}.${encode(claims)}`;
    return `${text}.${createSign("RSA-SHA256").update(text).sign(this.keys.privateKey, "base64url")}`;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
