import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { Service } from "./service";

test("openapi.json is what the server says of itself", async () => {
  const service = await Service.start();
  try {
    const path = resolve(import.meta.dirname, "../../openapi.json");
    const served = await service.ask("/api/openapi.json");
    if (process.env.UPDATE_CONTRACT) writeFileSync(path, `${JSON.stringify(served, null, 2)}\n`);
    const kept = JSON.parse(readFileSync(path, "utf8"));
    expect(kept, "run `make web-types`").toEqual(served);
  } finally {
    await service.stop();
  }
});
