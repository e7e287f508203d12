// docs/durability.md, as it is printed: where there is SQLite.
import assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import {
  commandsIn,
  createPrintedProject,
  filesIn,
  packPackage,
  sectionOf,
} from "./printed-code.ts";

const packed = packPackage();
after(() => packed.remove());
const hasSqlite = isBuiltin("node:sqlite");

describe("docs/durability.md, copied into an empty folder beside the packed package", () => {
  const section = sectionOf("docs/durability.md", "## A lobby that stays");
  // The command is where npm would have linked it from.
  const linked = (command: string): string =>
    command.replace(/^npx roomline/, "node node_modules/roomline/dist/cli/main.js");
  const [serve = "", verify = ""] = commandsIn(section).map(linked);
  const looking = commandsIn(sectionOf("docs/durability.md", "## Looking into a store")).map(
    linked,
  );

  if (!hasSqlite) {
    it("its server says what is needed, on a Node without SQLite", (t) => {
      const project = createPrintedProject(t, packed);
      project.run("npm init -y && npm pkg set type=module");
      project.write(filesIn(section));
      assert.throws(() => project.run(serve), /Stored rooms need Node 22\.13 or later/);
    });
    return;
  }

  it("its server runs, ends, and is the same again; its commands do what it says", async (t) => {
    const project = createPrintedProject(t, packed);
    project.run("npm init -y && npm pkg set type=module");
    project.write(filesIn(section));
    const start = () => project.start(`PORT=0 ${serve} & echo $! > pid; wait`, /http:\/\/(\S+)\//);
    const [, address = ""] = await start();
    const chat = defineContract({ inputs: { say: json() }, events: { said: json() } });
    const ann = await connect(address, { clientId: "ann" });
    const session = await ann.join(chat, { roomType: "lobby", roomId: "lobby" });
    await session.send("say", "hello");
    await ann.close();
    const over = (signal: string) =>
      project.run(`kill -${signal} $(cat pid); while kill -0 $(cat pid) 2>&-; do sleep 0.1; done`);
    over("KILL");
    const [, next = ""] = await start();
    const bob = await connect(next, { clientId: "bob" });
    const theirs = await bob.join(chat, { roomType: "lobby", roomId: "lobby" });
    const heard = new Promise((resolve) => theirs.on("said", resolve));
    assert.equal(await heard, "ann: hello");
    await bob.close();
    over("TERM");
    assert.match(project.run(verify), /^ROOM.*\nlobby +lobby .* good/);
    const [again = "", exported = "", dropped = ""] = looking;
    assert.equal(again, verify);
    assert.match(project.run(exported), /lobby\.image: \d+ bytes/);
    assert.equal(project.run(dropped), "dropped 1 room\n");
  });

  it("its chat keeps a history that is longer than its log, also over a kill, and a page scrolls back to the first", async (t) => {
    const project = createPrintedProject(t, packed);
    project.run("npm init -y && npm pkg set type=module");
    project.write(filesIn(sectionOf("docs/durability.md", "## A history of days")));
    const start = () =>
      project.start(`PORT=0 node history.js & echo $! > pid; wait`, /http:\/\/(\S+)\//);
    const [, address = ""] = await start();
    const chat = defineContract({ inputs: { say: json() }, events: { said: json() } });
    const ann = await connect(address, { clientId: "ann" });
    const session = await ann.join(chat, { roomType: "lobby", roomId: "lobby" });
    for (let number = 1; number <= 230; number++) await session.send("say", number);
    await ann.close();
    project.run("kill -KILL $(cat pid); while kill -0 $(cat pid) 2>&-; do sleep 0.1; done");
    const [, next = ""] = await start();
    assert.equal(
      project.run(`node back.js ${next}`),
      '100 at first\n230 in all, the first is "ann: 1"\n',
    );
    project.run("kill $(cat pid)");
  });

  it("its diary sleeps, wakes for an alarm, and is there for who comes", async (t) => {
    const project = createPrintedProject(t, packed);
    project.run("npm init -y && npm pkg set type=module");
    const sleeping = sectionOf("docs/durability.md", "## Rooms that sleep");
    project.write(filesIn(sleeping));
    const [run = "", rooms = ""] = commandsIn(sleeping).map(linked);
    const start = `PORT=0 ${run} & echo $! > pid; wait`;
    const [, address = ""] = await project.start(start, /http:\/\/(\S+)\//);
    const notes = defineContract({ inputs: { remind: json() }, events: { due: json() } });
    const diary = { roomType: "diary", roomId: "mine" };
    const ann = await connect(address, { clientId: "ann" });
    t.after(() => ann.close());
    const session = await ann.join(notes, diary);
    await session.send("remind", { text: "tea", inMs: 3_000 });
    await session.leave();
    const list = (): string => project.run(rooms.replace("localhost:8080", address));
    const eventually = async (state: RegExp): Promise<void> => {
      for (let tries = 0; !state.test(list()); tries++) {
        assert.ok(tries < 60, list());
        await sleep(50);
      }
    };
    await eventually(/^mine +diary +0\/100 +asleep/m);
    const back = await ann.join(notes, diary);
    assert.equal(await new Promise((resolve) => back.on("due", resolve)), "tea");
    await back.leave();
    await eventually(/asleep/);
    await ann.close();
    project.run("kill -TERM $(cat pid); while kill -0 $(cat pid) 2>&-; do sleep 0.1; done");
  });
});
