import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveLoadOptions } from "../../cli/load/load-options.ts";
import type { Checked, Environment, GivenFlags } from "../../cli/options/option-reader.ts";
import { resolveServeOptions } from "../../cli/serve/serve-options.ts";

function mistakesOf(checked: Checked<unknown>): readonly string[] {
  return checked.ok ? [] : checked.mistakes;
}

function valueOf<T>(checked: Checked<T>): T {
  assert.ok(checked.ok, mistakesOf(checked).join(" "));
  return checked.value;
}

const wrongServe: readonly [what: string, flags: GivenFlags, env: Environment, line: RegExp][] = [
  ["a word as port", { port: "abc" }, {}, /^--port is "abc"; .* whole number from 0 to 65535\.$/],
  ["a port that is too high", { port: "65536" }, {}, /^--port is "65536"/],
  ["half a port", { port: "1.5" }, {}, /^--port is "1.5"/],
  ["a port below 0", { port: "-1" }, {}, /^--port is "-1"/],
  ["an empty port", { port: "" }, {}, /^--port is ""/],
  ["a hexadecimal port", { port: "0x10" }, {}, /^--port is "0x10"/],
  ["a port from the environment", {}, { ROOMLINE_PORT: "tcp://1" }, /^ROOMLINE_PORT is "tcp:/],
  ["an empty host", { host: " " }, {}, /^--host is " "; it has to be a host name/],
  ["a log level", { logLevel: "loud" }, {}, /^--log-level is "loud"; .* one of trace, debug/],
  ["a log format", {}, { ROOMLINE_LOG_FORMAT: "xml" }, /^ROOMLINE_LOG_FORMAT .* json, pretty\.$/],
  ["a certificate without a key", { tlsCert: "c" }, {}, /^--tls-cert needs --tls-key/],
  ["a key without a certificate", {}, { ROOMLINE_TLS_KEY: "k" }, /^--tls-key needs --tls-cert/],
  ["authorities without a certificate", { tlsCa: "a" }, {}, /^--tls-ca needs --tls-cert and/],
  [
    "client certificates without authorities",
    { tlsCert: "c", tlsKey: "k", tlsClientAuth: true },
    {},
    /^--tls-client-auth needs --tls-ca/,
  ],
  [
    "yes as a flag in the environment",
    {},
    { ROOMLINE_TLS_CLIENT_AUTH: "yes" },
    /^ROOMLINE_TLS_CLIENT_AUTH is "yes"; it has to be true or false\.$/,
  ],
  ["a resume address without port", { resumeAddress: "h" }, {}, /^--resume-address .* HOST:PORT/],
  ["no connections", { maxConnections: "0" }, {}, /^--max-connections is "0"/],
  ["a window that is no number", { resumeWindow: "2m" }, {}, /^--resume-window .* of seconds/],
  ["a report below 0", { metricsInterval: "-1" }, {}, /^--metrics-interval is "-1"/],
  ["a drain without end", { drainTimeout: "Infinity" }, {}, /^--drain-timeout is "Infinity"/],
  [
    "an operator without a role",
    { operator: ["anna:hunter2-hunter2"] },
    {},
    /^--operator is wrong at number 1; it has to be NAME:read:SECRET or NAME:operate:SECRET, with a/,
  ],
  [
    "an admin token that is too short, without repeating it",
    { adminToken: "hunter2" },
    {},
    /^--admin-token is too short; it has to be a secret of 8 characters or more\.$/,
  ],
  ["a limit without a value", { limit: ["roomsMax"] }, {}, /^--limit .* be NAME=NUMBER\.$/],
  ["a limit without a number", { limit: ["roomsMax="] }, {}, /roomsMax has to be a number of 0/],
  ["a limit that is misspelt", { limit: ["roommax=1"] }, {}, /a limit that exists, such as .*Room/],
  ["a limit nobody knows", {}, { ROOMLINE_LIMIT: "xyz=1" }, /^ROOMLINE_LIMIT .* docs\/limits\.md/],
];

for (const [what, flags, env, line] of wrongServe) {
  test(`serve: one line for ${what}`, () => {
    const mistakes = mistakesOf(resolveServeOptions(flags, env));
    assert.equal(mistakes.length, 1, mistakes.join("\n"));
    assert.match(mistakes[0] ?? "", line);
  });
}

test("serve: a line for each of many mistakes", () => {
  const flags = { port: "x", logLevel: "x", limit: ["x=1", "roomsMax=x"], resumeWindow: "x" };
  assert.equal(mistakesOf(resolveServeOptions(flags, {})).length, 5);
});

test("serve: flags win over the environment, the environment over the defaults", () => {
  const env = {
    ROOMLINE_PORT: "1",
    ROOMLINE_HOST: "::1",
    ROOMLINE_LIMIT: "roomsMax=5, roomLogAgeMsMax=Infinity",
  };
  const options = valueOf(resolveServeOptions({ port: "2", resumeWindow: "0.5" }, env));
  assert.equal(options.port, 2);
  assert.equal(options.host, "::1");
  assert.equal(options.logLevel, "info");
  assert.deepEqual(options.limits, { roomsMax: 5, roomLogAgeMsMax: Infinity, resumeWindowMs: 500 });
});

test("serve: nothing given is nothing set, and an empty variable is not given", () => {
  const options = valueOf(resolveServeOptions({}, { ROOMLINE_PORT: "" }));
  assert.deepEqual(options.limits, {});
  assert.equal(options.port, undefined);
  assert.equal(options.tls, undefined);
});

test("serve: what operators and pages need, from flags and from variables", () => {
  const flags = {
    adminToken: "correct-horse",
    allowedOrigin: ["*"],
    trustedProxy: ["10.0.0.0/8"],
    static: "public",
  };
  const env = {
    ROOMLINE_TRUSTED_PROXIES: "192.0.2.1, 2001:db8::/32",
    ROOMLINE_ADMIN_TOKEN: "another-horse",
    ROOMLINE_ALLOWED_ORIGINS: "https://a.example, https://b.example",
  };
  const told = valueOf(resolveServeOptions(flags, env));
  assert.deepEqual(
    [told.adminToken, told.allowedOrigins, told.trustedProxies, told.staticDir],
    ["correct-horse", ["*"], ["10.0.0.0/8"], "public"],
  );
  const quiet = valueOf(resolveServeOptions({}, env));
  assert.deepEqual(
    [quiet.adminToken, quiet.allowedOrigins, quiet.trustedProxies, quiet.staticDir],
    [
      "another-horse",
      ["https://a.example", "https://b.example"],
      ["192.0.2.1", "2001:db8::/32"],
      undefined,
    ],
  );
});

test("serve: operators with names and roles; a secret may have colons", () => {
  const env = { ROOMLINE_ADMIN_TOKENS: "anna:operate:horse:battery, grafana:read:staple-staple" };
  assert.deepEqual(valueOf(resolveServeOptions({}, env)).adminTokens, [
    { name: "anna", role: "operate", token: "horse:battery" },
    { name: "grafana", role: "read", token: "staple-staple" },
  ]);
});

test("serve: mutual TLS", () => {
  const env = { ROOMLINE_TLS_CERT: "c", ROOMLINE_TLS_KEY: "k", ROOMLINE_TLS_CLIENT_AUTH: "true" };
  const { tls } = valueOf(resolveServeOptions({ tlsCa: "a" }, env));
  assert.deepEqual(tls, { cert: "c", key: "k", ca: "a", requireClientCertificate: true });
});

const wrongLoad: readonly [what: string, flags: GivenFlags, line: RegExp][] = [
  ["an address without a port", { url: "localhost" }, /^--url is "localhost"; .* HOST:PORT/],
  ["an address of another scheme", { url: "ftp://localhost:1" }, /^--url .* HOST:PORT.* URL/],
  ["a WebSocket nowhere", { url: "ws://" }, /^--url/],
  ["port 0", { url: "localhost:0" }, /^--url/],
  ["no players", { players: "0" }, /^--players is "0"/],
  ["too many rooms each", { roomsPerPlayer: "129" }, /^--rooms-per-player .* from 1 to 128/],
  ["a room type", { roomType: "chess" }, /^--room-type is "chess"; .* arena, chat/],
  ["an arena that is too big", { roomSize: "200" }, /^--room-size .* from 1 to 199/],
  ["a chat that is too big", { roomType: "chat", roomSize: "1000" }, /^--room-size .* to 999/],
  ["a rate of 0", { rate: "0" }, /^--rate is "0"/],
  ["a share above 1", { cutPerSecond: "10" }, /^--cut-per-second .* from 0 to 1\.$/],
  ["a share that is no number", { pausePerSecond: "10%" }, /^--pause-per-second is "10%"/],
  ["a seed below 0", { seed: "-5" }, /^--seed is "-5"/],
  ["a certificate without a key", { tlsCert: "c" }, /^--tls-cert and --tls-key .* together\.$/],
];

for (const [what, flags, line] of wrongLoad) {
  test(`load: one line for ${what}`, () => {
    const mistakes = mistakesOf(resolveLoadOptions(flags));
    assert.equal(mistakes.length, 1, mistakes.join("\n"));
    assert.match(mistakes[0] ?? "", line);
  });
}

test("load: defaults, and an IPv6 address", () => {
  const options = valueOf(resolveLoadOptions({ url: "[::1]:50051", roomType: "chat" }));
  assert.equal(options.url, "[::1]:50051");
  assert.deepEqual([options.players, options.roomSize, options.rateHz], [20, 20, 1]);
  assert.equal(options.tls, undefined);
  assert.deepEqual(valueOf(resolveLoadOptions({ tls: true })).tls, {
    ca: undefined,
    cert: undefined,
    key: undefined,
  });
});
