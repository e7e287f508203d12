import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { connect } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import {
  commandsIn,
  createPrintedProject,
  filesIn,
  packPackage,
  sectionOf,
} from "./printed-code.ts";

/** The packages that commands install. */
const installed = (commands: readonly string[]): string[] =>
  commands.flatMap((line) => {
    const [, names] = /^npm install (?:--save-dev )?(.+)$/.exec(line) ?? [];
    return names?.split(" ") ?? [];
  });

/** The packages that files import. */
const imported = (files: ReadonlyMap<string, string>): Set<string> =>
  new Set(
    [...files.values()].flatMap((text) =>
      [...text.matchAll(/ from "([^"./][^"]*)"/g)].map(([, name = ""]) => name.split("/")[0] ?? ""),
    ),
  );

const packed = packPackage();
/** What all projects share: a copy of the package, and what else they depend on. */
const shared = createPrintedProject({ after }, packed);
after(() => packed.remove());

describe("README, copied into an empty folder beside the packed package", () => {
  it("the chat runs as it is printed", async (t) => {
    const section = sectionOf("README.md", "## Write a room");
    const files = filesIn(section);
    const commands = commandsIn(section);
    assert.deepEqual([...files.keys()], ["server.js", "public/index.html"]);
    assert.deepEqual(installed(commands), ["roomline"]);
    const [, script = ""] =
      /<script type="module">\n([^]*?)\n<\/script>/.exec(files.get("public/index.html") ?? "") ??
      [];
    const lengths = [files.get("server.js") ?? "", script].map(
      (text) => text.split("\n").filter((line) => line.trim() !== "").length,
    );
    const [serverLines = 0, clientLines = 0] = lengths;
    assert.ok(serverLines > 5 && serverLines <= 25, `${serverLines} lines of server`);
    assert.ok(clientLines > 5 && clientLines <= 10, `${clientLines} lines of client`);
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    assert.ok(commands.includes("npm init -y && npm pkg set type=module"));
    project.write(files);
    const [, address = ""] = await project.start("node server.js", /http:\/\/(\S+)\//);
    const page = await (await fetch(`http://${address}/`)).text();
    assert.equal(page, files.get("public/index.html"));
    assert.equal((await fetch(`http://${address}/roomline.js`)).status, 200);
    const chat = defineContract({ inputs: { say: json() }, events: { said: json() } });
    const ann = await connect(address, { clientId: "ann" });
    const session = await ann.join(chat, { roomType: "chat" });
    const said = new Promise((resolve) => session.on("said", resolve));
    await session.send("say", "hello");
    assert.deepEqual(await said, { by: "ann", text: "hello" });
    await ann.close();
  });

  it("the rooms of docs/dev.md take over when they are saved, as it says", async (t) => {
    const section = sectionOf("docs/dev.md", "## Try it");
    const files = filesIn(section);
    assert.deepEqual([...files.keys()], ["rooms.js"]);
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    project.write(files);
    const [command = ""] = commandsIn(section);
    // The command is where npm would have linked it from.
    const linked = command.replace(/^npx roomline/, "node node_modules/roomline/dist/cli/main.js");
    const [, address = ""] = await project.start(linked, /http:\/\/(\S+)\/playground\//);
    const chat = defineContract({ inputs: { say: json() }, events: { said: json() } });
    const ann = await connect(address, { clientId: "ann" });
    const session = await ann.join(chat, { roomType: "chat" });
    let resumed = 0;
    ann.onStateChange(() => resumed++);
    const lines: unknown[] = [];
    session.on("said", (line) => lines.push(line));
    await session.send("say", "hello");
    assert.deepEqual(lines, ["ann says hello"]);
    const code = files.get("rooms.js") ?? "";
    assert.match(code, /says/);
    project.write(new Map([["rooms.js", code.replace("says", "shouts")]]));
    while (lines.at(-1) !== "ann shouts hello") await session.send("say", "hello");
    assert.equal(resumed, 0);
    await ann.close();
  });

  it("Vite runs the rooms of docs/dev.md beside its pages, as it says", async (t) => {
    const files = new Map([
      ...filesIn(sectionOf("docs/dev.md", "## Try it")),
      ...filesIn(sectionOf("docs/dev.md", "## With Vite")),
    ]);
    assert.deepEqual([...files.keys()], ["rooms.js", "vite.config.js"]);
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    project.write(files);
    const [command = ""] = commandsIn(sectionOf("docs/dev.md", "## With Vite"));
    const [, address = ""] = await project.start(command, /Local:\s+http:\/\/(\S+)\//);
    const chat = defineContract({ inputs: { say: json() }, events: { said: json() } });
    const ann = await connect(address, { clientId: "ann", transport: "websocket" });
    const session = await ann.join(chat, { roomType: "chat" });
    const said = new Promise((resolve) => session.on("said", resolve));
    await session.send("say", "hello");
    assert.equal(await said, "ann says hello");
    await ann.close();
  });

  it("the typed counter compiles, runs and counts as it is printed", async (t) => {
    const section = sectionOf("README.md", "## Write it with types");
    const files = filesIn(section);
    const commands = commandsIn(section);
    assert.deepEqual([...files.keys()], ["tsconfig.json", "contract.ts", "server.ts", "client.ts"]);
    assert.deepEqual(
      installed(commands).filter((name) => imported(files).has(name)),
      [...imported(files)].sort(),
    );
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    project.write(files);
    for (const command of ["npx tsc", "npx tsx server.ts", "npx tsx client.ts"])
      assert.ok(commands.includes(command), `${command} is not printed`);
    assert.equal(project.run("npx tsc"), "");
    const bundled = "npx tsc --module preserve --moduleResolution bundler";
    assert.equal(project.run(bundled), "");
    assert.equal(project.run(`${bundled} --customConditions browser --lib es2022,dom`), "");
    const [, address = ""] = await project.start("npx tsx server.ts", /http:\/\/(\S+)\/monitor\//);
    assert.equal(project.run(`npx tsx client.ts ${address}`), "0\n1\n");
  });

  it("the room of docs/security.md compiles, and lets in whom it says", async (t) => {
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const files = filesIn(sectionOf("docs/security.md", "## Who may enter which room"));
    assert.deepEqual([...files.keys()], ["staff-room.ts"]);
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    const server = `import { createServer } from "roomline/server";
      import { staffRoom } from "./staff-room.ts";
      const authenticate = ({ clientId }: { clientId: string }) =>
        ({ clientId, claims: { role: clientId, most: 5 } });
      const server = await createServer({ rooms: { staff: staffRoom }, authenticate, port: 0 });
      console.log(server.address);`;
    project.write(new Map([...typed, ...files, ["staff-server.ts", server]]));
    assert.equal(project.run("npx tsc"), "");
    const [address] = await project.start(
      "npx tsx staff-server.ts",
      /127\.0\.0\.1:\d+|localhost:\d+/,
    );
    const counter = defineContract({ inputs: { add: json() }, state: { totals: json() } });
    for (const [clientId, code] of [
      ["staff", undefined],
      ["guest", "refused"],
      ["king", "join-refused"],
    ] as const) {
      const client = await connect(address, { clientId });
      const joining = client.join(counter, { roomType: "staff" });
      if (code !== undefined) await assert.rejects(joining, { code });
      else {
        const session = await joining;
        await session.send("add", { by: 9 });
        assert.deepEqual(session.state.totals.get("all"), { total: 5 });
      }
      await client.close();
    }
  });

  it("the café of docs/presence.md compiles, and shows who is here", async (t) => {
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const files = filesIn(sectionOf("docs/presence.md", "## A café"));
    assert.deepEqual([...files.keys()], ["cafe.ts", "cafe-server.ts", "cafe-client.ts"]);
    const guests = filesIn(sectionOf("docs/presence.md", "## In React"));
    assert.deepEqual([...guests.keys()], ["Guests.tsx"]);
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    project.write(new Map([...typed, ...files, ...guests]));
    assert.equal(project.run("npx tsc --jsx react-jsx --lib es2022,dom"), "");
    const address = /127\.0\.0\.1:\d+|localhost:\d+/;
    const [target] = await project.start("PORT=0 npx tsx cafe-server.ts", address);
    const seen = project.run(`npx tsx cafe-client.ts ${target}`);
    assert.equal(seen, "ada busy\n[ { name: 'Ada' } ]\n");
  });

  it("the room of docs/moving.md compiles, and its test moves it", (t) => {
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const room = filesIn(sectionOf("docs/moving.md", "## A room that is portable"));
    const proof = sectionOf("docs/moving.md", "## Proving it");
    const printed = new Map([...room, ...filesIn(proof)]);
    assert.deepEqual([...printed.keys()], ["cards.ts", "cards.test.ts"]);
    const project = createPrintedProject(t, packed);
    project.run("npm init -y && npm pkg set type=module");
    project.write(new Map([...typed, ...printed]));
    assert.equal(project.run("npx tsc"), "");
    const [command = ""] = commandsIn(proof);
    assert.match(project.run(command), /pass 1\b/);
  });

  it("the rally of docs/replay.md is recorded, looked at and run again", (t) => {
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const section = sectionOf("docs/replay.md", "## A room that is recorded");
    const printed = filesIn(section);
    assert.deepEqual([...printed.keys()], ["rally.ts", "rally.test.ts"]);
    const project = createPrintedProject(t, packed);
    project.run("npm init -y && npm pkg set type=module");
    project.write(new Map([...typed, ...printed]));
    assert.equal(project.run("npx tsc"), "");
    const roomline = "node node_modules/roomline/dist/cli/main.js";
    const [test = "", timeline = "", at = "", verify = ""] = commandsIn(section).map((line) =>
      line.replace("npx roomline", roomline),
    );
    assert.match(project.run(test), /pass 1\b/);
    assert.match(project.run(timeline), /^room monza \(rally\), .*\nTIME .*\n.* ann came/s);
    assert.match(project.run(at), /tick 5, .*players: ann\ncars: 1\n {2}ann \{"heading":/s);
    assert.match(project.run(verify), /10 inputs, .*\nthe same, sha256 [0-9a-f]{64}/s);
  });

  it("the test of a room compiles and passes as docs/testing.md prints it", (t) => {
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const section = sectionOf("docs/testing.md", "## A test of a room");
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    project.write(new Map([...typed, ...filesIn(section)]));
    assert.equal(project.run("npx tsc"), "");
    const [command = ""] = commandsIn(section);
    assert.match(project.run(command), /pass 1\b/);
  });

  it("the tests on bad networks and of the simulation pass as docs/testing.md prints them", (t) => {
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const room = filesIn(sectionOf("docs/testing.md", "## A test of a room"));
    const sections = ["## Bad networks", "## Simulate a room"].map((heading) =>
      sectionOf("docs/testing.md", heading),
    );
    const printed = sections.flatMap((section) => [...filesIn(section)]);
    assert.deepEqual(
      printed.map(([name]) => name),
      ["network.test.ts", "simulate.test.ts"],
    );
    const project = createPrintedProject(t, shared);
    project.run("npm init -y && npm pkg set type=module");
    project.write(new Map([...typed, ...room, ...printed]));
    assert.equal(project.run("npx tsc"), "");
    const commands = sections.flatMap(commandsIn);
    assert.equal(commands.length, 2);
    for (const command of commands) assert.match(project.run(command), /pass 1\b/);
  });
});
