import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { connect } from "roomline/client";
import { defineContract, json } from "roomline/contract";
import ts from "typescript";
import { callAsCode } from "../../playground/model/code/call-as-code.ts";
import { scriptLiteral, shellWord } from "../../playground/model/code/literals.ts";
import type { PlayedCall } from "../../playground/model/code/played-call.ts";
import { targetOf } from "../../playground/model/code/target.ts";
import { presenceInput } from "../../shared/contract/presence.ts";
import { eventually } from "../e2e/spawn-server.ts";
import {
  adminToken,
  everyMessage,
  hostileName,
  hostileText,
  hostileValue,
  startPlayed,
  withToken,
} from "./played-room.ts";
import { emptyProject, runUntil, writeInto } from "./run-code.ts";

const tsx = fileURLToPath(import.meta.resolve("tsx"));
const node = ["--conditions=roomline-source", "--import", tsx];

/** The programs of a call with each kind of input. */
function variants(
  call: PlayedCall,
): Record<"input" | "asked" | "message" | "presence", PlayedCall> {
  return {
    input: { ...call, input: { kind: hostileName, json: hostileValue } },
    asked: { ...call, input: { kind: "ask", json: hostileValue } },
    message: { ...call, input: { kind: "every", ...everyMessage() } },
    presence: { ...call, input: { kind: presenceInput, json: hostileValue } },
  };
}

describe("the same call in TypeScript", () => {
  it("joins, sends each kind of input as it was entered, and shows events, replies and state", async (test) => {
    const { call, came, server } = await startPlayed(test);
    const folder = emptyProject(test);
    const markers = {
      input: ["event-marker", "row-marker"],
      asked: ["reply-marker", "row-marker"],
      message: ["message-event-marker", "message-row-marker"],
    };
    const { presence: _, ...programs } = variants(call);
    for (const [name, played] of Object.entries(programs)) {
      const path = writeInto(folder, `${name}.mts`, callAsCode(played, "typescript"));
      const printed = markers[name as keyof typeof markers];
      await runUntil(process.execPath, [...node, path], { cwd: folder, printed });
      const wanted = name === "message" ? everyMessage().json : hostileValue;
      assert.deepEqual(came.at(-1), [name, wanted, hostileName]);
    }
    assert.deepEqual(came[0], ["created", hostileValue, ""]);
    assert.deepEqual(came[1], ["joined", hostileValue, hostileName]);
    // Ctrl-C gave the seat up.
    await eventually(async () => {
      const { members } = await server.room(hostileName).look();
      return members.length === 0 ? undefined : "there are members";
    }, 5_000);
  });

  it("says of a player what was entered", async (test) => {
    const { call, server } = await startPlayed(test);
    const folder = emptyProject(test);
    const path = writeInto(
      folder,
      "presence.mts",
      callAsCode(variants(call).presence, "typescript"),
    );
    const child = runUntil(process.execPath, [...node, path], {
      cwd: folder,
      printed: ["event-marker"],
    });
    const ann = await connect(server.address, { clientId: "ann" });
    const looker = defineContract({ presence: json<JsonValue>() });
    const { members } = await ann.join(looker, { roomType: "played", roomId: hostileName });
    const said = (): JsonValue | undefined => members.get(hostileName)?.presence;
    await eventually(() => (said() === undefined ? "it says nothing" : undefined), 20_000);
    assert.deepEqual(said(), hostileValue);
    await server.room(hostileName).publish(`said ${hostileName}`, "event-marker");
    await child;
    await ann.close();
  });

  it("takes a token from the environment, and shows it wherever one is wanted", async (test) => {
    const { call, came } = await startPlayed(test, withToken("ann's token"));
    const folder = emptyProject(test);
    const played = { ...variants(call).message, clientId: "", hasToken: true };
    const path = writeInto(folder, "call.mts", callAsCode(played, "typescript"));
    const env = { ...process.env, ROOMLINE_TOKEN: "ann's token" };
    const printed = ["message-event-marker"];
    await runUntil(process.execPath, [...node, path], { cwd: folder, env, printed });
    assert.deepEqual(came.at(-1), ["message", everyMessage().json, "ann"]);
  });

  it("compiles as strictly as there is", async (test) => {
    const { call } = await startPlayed(test);
    const folder = emptyProject(test);
    const plain: PlayedCall = {
      ...call,
      clientId: "",
      hasToken: true,
      join: { roomType: "", roomId: "r", mode: "join", options: undefined },
    };
    const create: PlayedCall = { ...call, join: { ...call.join, mode: "create" } };
    const files = Object.entries({ ...variants(call), plain, create }).map(([name, played]) =>
      writeInto(folder, `${name}.mts`, callAsCode(played, "typescript")),
    );
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ["roomline-source"],
      allowImportingTsExtensions: true,
      strict: true,
      noUnusedLocals: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
      types: ["node"],
    });
    for (const file of files) {
      const source = program.getSourceFile(file);
      assert.ok(source !== undefined);
      const found = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      const told = found.map(({ messageText }) =>
        ts.flattenDiagnosticMessageText(messageText, "\n"),
      );
      assert.deepEqual(told, [], `${file}\n${source.text}`);
    }
  });
});

describe("the same call with curl", () => {
  it("lists, makes a room, reserves a seat and publishes, with what was entered", async (test) => {
    const { call, came, server } = await startPlayed(test);
    const publish = { kind: `said ${hostileName}`, json: hostileValue };
    const folder = emptyProject(test);
    const path = writeInto(folder, "call.sh", callAsCode({ ...call, publish }, "curl"));
    const printed = await runUntil("sh", [path], { cwd: folder });
    const answers = printed.split("\n").filter((line) => line.startsWith("{"));
    const [listed, made, seat, published, ...more] = answers.map(
      (line) => JSON.parse(line) as JsonObject,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(listed, {});
    assert.equal((made?.["room"] as JsonObject | undefined)?.["roomId"], hostileName);
    assert.equal(seat?.["roomId"], hostileName);
    assert.match(printed, /"reservation":"[^"]{8,}"/);
    assert.deepEqual(published, { cursor: "1" });
    assert.deepEqual(came, [["created", hostileValue, ""]]);
    const { events } = await server.room(hostileName).look();
    assert.deepEqual(events.at(-1)?.payload, hostileValue);
    assert.ok(!existsSync(join(folder, "pwned")), "nothing in a value was run");
  });

  it("says what curl cannot do, and leaves out what nobody asked for", async (test) => {
    const { call } = await startPlayed(test);
    const code = callAsCode({ ...call, join: { ...call.join, mode: "join" } }, "curl");
    assert.match(code, /realtime stream, which curl does not speak/);
    assert.deepEqual(
      [...code.matchAll(/Service\/(\w+)/g)].map(([, method]) => method),
      ["ListRooms", "ReserveSeat"],
    );
  });

  it("takes tokens from the environment, and has none in it", async (test) => {
    const { call } = await startPlayed(test, withToken("ann's token"));
    const publish = { kind: "told", json: {} };
    const played = { ...call, clientId: "ann", hasToken: true, hasAdminToken: true, publish };
    const code = callAsCode(played, "curl");
    const folder = emptyProject(test);
    const env = { ...process.env, ROOMLINE_TOKEN: "ann's token", ROOMLINE_ADMIN_TOKEN: adminToken };
    const path = writeInto(folder, "call.sh", code);
    const printed = await runUntil("sh", [path], { cwd: folder, env });
    assert.match(printed, /"reservation":"[^"]{8,}"[^]*"cursor":"1"/);
    const headers = [...code.matchAll(/-H ("[^"]*"|'[^']*')/g)].map(([, header]) => header);
    const player = `"authorization: Bearer $ROOMLINE_TOKEN"`;
    assert.deepEqual(headers, [
      player,
      player,
      player,
      `"authorization: Bearer $ROOMLINE_ADMIN_TOKEN"`,
    ]);
  });
});

describe("literals", () => {
  it("what is written in TypeScript is the value, whatever it is", () => {
    const check = (value: JsonValue): void => {
      const read = runInNewContext(`JSON.stringify(${scriptLiteral(value)})`) as string;
      assert.equal(read, JSON.stringify(value));
    };
    check(hostileValue);
    fc.assert(fc.property(fc.jsonValue(), (value) => check(value as JsonValue)));
  });

  it("what is written in a shell is one word, whatever it is", (test) => {
    const texts = fc.sample(fc.string({ unit: "binary" }), { numRuns: 200, seed: 1 });
    const words = [hostileText, hostileName, "", "-n", "plain", "'", "''", ...texts]
      // A word of a shell has no zero in it; JSON writes that as an escape.
      .map((text) => text.replaceAll("\0", ""))
      .filter((text) => !/\p{Surrogate}/u.test(text));
    const program = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
    const cwd = emptyProject(test);
    const printed = execFileSync("sh", ["-c", program], { cwd, encoding: "utf8" });
    assert.deepEqual(printed.split("\0").slice(0, -1), words);
  });

  it("the address of a page is that of its server", () => {
    assert.deepEqual(targetOf("http://localhost:50051/"), {
      isTls: false,
      hostAndPort: "localhost:50051",
      url: "http://localhost:50051",
      forConnect: "localhost:50051",
    });
    assert.deepEqual(targetOf("https://play.example/game/"), {
      isTls: true,
      hostAndPort: "play.example:443",
      url: "https://play.example/game",
      forConnect: "https://play.example/game",
    });
    assert.equal(targetOf("http://[::1]:8080").forConnect, "[::1]:8080");
    assert.equal(targetOf("http://play.example").forConnect, "http://play.example");
  });
});
