import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { callAsCode } from "../../playground/model/code/call-as-code.ts";
import { pythonLiteral } from "../../playground/model/code/literals.ts";
import type { PlayedCall, PlayedPayload } from "../../playground/model/code/played-call.ts";
import { presenceInput } from "../../shared/contract/presence.ts";
import {
  everyMessage,
  hostileName,
  hostileText,
  hostileValue,
  startPlayed,
  withToken,
  type Came,
} from "../playground/played-room.ts";
import { runUntil, writeInto } from "../playground/run-code.ts";
import { preparePython } from "./python-toolchain.ts";
import { missing, projectDir, run } from "./toolchain.ts";

/** Each kind of input, and what the room of the tests writes down of it. */
const inputs: readonly (readonly [input: PlayedPayload, came: readonly [string, JsonValue]])[] = [
  [{ kind: hostileName, json: hostileValue }, ["input", hostileValue]],
  [{ kind: "ask", json: hostileValue }, ["asked", hostileValue]],
  [{ kind: "every", ...everyMessage() }, ["message", everyMessage().json]],
];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "roomline-played-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const without = (came: readonly Came[]): readonly (readonly [string, JsonValue])[] =>
  came.map(([what, value]) => [what, value] as const);

describe(
  "the same call in Python",
  { skip: missing("python3", "--version"), timeout: 600_000 },
  () => {
    const folder = newFolder();
    let python = "";
    before(async () => {
      python = await preparePython(folder);
    });
    const path = [folder, join(projectDir, "examples/bots/python")].join(delimiter);
    const env = { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1" };

    it("joins, sends each kind of input as it was entered, and shows events, replies and state", async (test) => {
      const { call, came } = await startPlayed(test);
      const markers = [
        ["event-marker", "row-marker"],
        ["reply reply-marker", "row-marker"],
        ["message-event-marker", "message-row-marker"],
      ];
      for (const [at, [input, wanted]] of inputs.entries()) {
        const played: PlayedCall = { ...call, input, clientId: `${hostileName} ${at}` };
        const program = writeInto(folder, "call.py", callAsCode(played, "python"));
        await runUntil(python, [program], { cwd: folder, env, printed: markers[at] ?? [] });
        assert.deepEqual(came.at(-1), [...wanted, `${hostileName} ${at}`]);
      }
      assert.deepEqual(came.slice(0, 2), [
        ["created", hostileValue, ""],
        ["joined", hostileValue, `${hostileName} 0`],
      ]);
      // The room is there by now.
      const said: PlayedCall = {
        ...call,
        join: { ...call.join, mode: "join", options: undefined },
        input: { kind: presenceInput, json: { mood: "presence-marker" } },
      };
      const program = writeInto(folder, "call.py", callAsCode(said, "python"));
      await runUntil(python, [program], { cwd: folder, env, printed: ["presence-marker"] });
      assert.ok(!existsSync(join(folder, "pwned")), "nothing in a value was run");
    });

    it("takes a token from the environment, and shows it wherever one is wanted", async (test) => {
      const { call, came } = await startPlayed(test, withToken("ann's token"));
      const input = { kind: "every", ...everyMessage() };
      const played = { ...call, input, clientId: "", hasToken: true };
      const program = writeInto(folder, "call.py", callAsCode(played, "python"));
      const tokenEnv = { ...env, ROOMLINE_TOKEN: "ann's token" };
      const printed = ["message-event-marker"];
      await runUntil(python, [program], { cwd: folder, env: tokenEnv, printed });
      assert.deepEqual(came.at(-1), ["message", everyMessage().json, "ann"]);
    });

    it("what is written is the value, whatever it is", async () => {
      const values = [
        hostileValue,
        hostileText,
        ...fc.sample(fc.jsonValue(), { numRuns: 300, seed: 7 }),
      ];
      const literals = values.map((value) => `${pythonLiteral(value as JsonValue)},`);
      const program = `import json\nprint(json.dumps([\n${literals.join("\n")}\n]))\n`;
      const printed = await run(python, [writeInto(folder, "literals.py", program)], {
        cwd: folder,
      });
      assert.deepEqual(JSON.parse(printed), JSON.parse(JSON.stringify(values)));
    });
  },
);

/** grpcurl is there, or made with Go. */
const grpcurlSkip = missing("grpcurl", "--version") === false ? false : missing("go", "version");

describe("the same call with grpcurl", { skip: grpcurlSkip, timeout: 600_000 }, () => {
  const folder = newFolder();
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
  before(async () => {
    if (missing("grpcurl", "--version") === false) return;
    const tool = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3";
    await run("go", ["install", tool], { cwd: folder, env: { ...process.env, GOBIN: folder } });
  });

  it("joins and sends each kind of input, watches, and calls the services, with what was entered", async (test) => {
    const { call, came, server } = await startPlayed(test);
    await server.createRoom("played", { roomId: hostileName });
    const made = came.length;
    const publish = { kind: `said ${hostileName}`, json: hostileValue };
    const runs = inputs.map(async ([input], at) => {
      const played = { ...call, input, publish, clientId: `${hostileName} ${at}` };
      const script = writeInto(folder, `call-${at}.sh`, callAsCode(played, "grpcurl"));
      // The watch ends by its time, and CreateRoom finds the room there: grpcurl says so, and the next line is run.
      return runUntil("sh", [script], { cwd: folder, env });
    });
    const printed = await Promise.all(runs);
    for (const wanted of inputs.map(([, expected]) => expected))
      assert.ok(
        without(came).some((one) => JSON.stringify(one) === JSON.stringify(wanted)),
        `${wanted[0]} came`,
      );
    const joined = came.slice(made).filter(([what]) => what === "joined");
    assert.deepEqual(
      joined.map(([, options]) => options),
      inputs.map(() => hostileValue),
    );
    const base64 = (text: string): string => Buffer.from(JSON.stringify(text)).toString("base64");
    assert.ok(printed[0]?.includes(base64("event-marker")), printed[0]);
    assert.ok(printed[1]?.includes(base64("reply-marker")), printed[1]);
    for (const output of printed) {
      assert.match(output, /"endOfBacklog"/);
      assert.match(output, /"state"/);
      assert.match(output, /AlreadyExists/, "CreateRoom");
      assert.match(output, /"reservation": "/);
      assert.match(output, /"playersMax":/);
    }
    const { events } = await server.room(hostileName).look();
    const published = events.filter(
      ({ kind, payload }) => kind === publish.kind && payload !== "event-marker",
    );
    assert.deepEqual(
      published.map(({ payload }) => payload),
      inputs.map(() => hostileValue),
    );
    assert.ok(!existsSync(join(folder, "pwned")), "nothing in a value was run");
  });
});
