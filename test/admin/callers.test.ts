import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { createCounters } from "../../server/observe/counters.ts";
import { silentLog } from "../../server/observe/log.ts";
import { createCallers, peerKey, type CallersParts } from "../../server/services/http/caller.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

describe("who is an operator", () => {
  /** The status with which somebody is turned away; "operator" when not. */
  const judge = (
    config: Partial<CallersParts>,
    address: string,
    headers: Record<string, string>,
  ): string => {
    const callers = createCallers({
      authenticate: undefined,
      adminTokens: [],
      limits: defaultLimits,
      clock: createVirtualClock(),
      log: silentLog,
      counters: createCounters(),
      onRefused: () => undefined,
      ...config,
    });
    const metadata = new Map(Object.entries(headers));
    const values = createContextValues().set(peerKey, { protocol: "http", address, metadata });
    try {
      callers.requireAdmin({ values } as HandlerContext, "operate");
      return "operator";
    } catch (thrown) {
      return Code[ConnectError.from(thrown).code];
    }
  };
  const token = {
    adminTokens: [{ name: "admin", token: "secret-secret", role: "operate" }],
  } as const;
  const authenticate = () => ({ clientId: "ann" });
  const here = "127.0.0.1:4711";

  for (const [what, config, address, headers, verdict] of [
    ["the token", token, "10.0.0.1:1", { authorization: "Bearer secret-secret" }, "operator"],
    ["no token", token, here, { host: "localhost" }, "Unauthenticated"],
    ["a wrong token", token, here, { authorization: "Bearer secret-secreT" }, "Unauthenticated"],
    ["a longer token", token, here, { authorization: "Bearer secret-secret1" }, "Unauthenticated"],
    ["another scheme", token, here, { authorization: "Basic secret-secret" }, "Unauthenticated"],
    [
      "this machine, with authentication",
      { authenticate },
      here,
      { host: "localhost" },
      "PermissionDenied",
    ],
    ["this machine, in dev mode", {}, here, { host: "localhost:50051" }, "operator"],
    ["this machine over IPv6", {}, "[::1]:4711", { host: "[::1]:50051" }, "operator"],
    [
      "elsewhere, in dev mode",
      {},
      "10.0.0.1:4711",
      { host: "localhost:50051" },
      "PermissionDenied",
    ],
    [
      "an address that only begins like this machine",
      {},
      "127.0.0.1.evil:1",
      { host: "localhost" },
      "PermissionDenied",
    ],
    [
      "a page that has made its own name point here (DNS rebinding)",
      {},
      here,
      { host: "evil.example:50051" },
      "PermissionDenied",
    ],
    [
      "a name that only begins like this machine's",
      {},
      here,
      { host: "localhost.evil.example" },
      "PermissionDenied",
    ],
    ["no name at all", {}, here, {}, "PermissionDenied"],
    [
      "a proxy on this machine that says for whom it asks",
      {},
      here,
      { host: "localhost:50051", "x-forwarded-for": "10.0.0.1" },
      "PermissionDenied",
    ],
  ] as const) {
    it(`AD-1: ${what}: ${verdict}`, () => {
      assert.equal(judge(config, address, headers), verdict);
    });
  }
});
