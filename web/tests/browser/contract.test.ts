import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { Service } from "./service";

test("openapi.json matches the server", async () => {
  const service = await Service.start();
  try {
    const path = resolve(import.meta.dirname, "../../openapi.json");
    const served = await service.request("/api/openapi.json");
    if (process.env.UPDATE_CONTRACT) writeFileSync(path, `${JSON.stringify(served, null, 2)}\n`);
    const committed = JSON.parse(readFileSync(path, "utf8"));
    expect(committed, "run `make web-types`").toEqual(served);
  } finally {
    await service.stop();
  }
});
