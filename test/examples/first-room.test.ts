import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "roomline/client";
import { counter } from "../../examples/first-room.ts";
import { runProgram } from "./program.ts";

test("roomline serve examples/first-room.ts: serves the room as the README says", async (t) => {
  const program = runProgram(t, [
    ...["cli/main.ts", "serve", "examples/first-room.ts"],
    ...["--host", "127.0.0.1", "--port", "0"],
  ]);
  const [, port = ""] = await program.whenPrinted(/listening on \S*?:(\d+)/);
  const client = await connect(`localhost:${port}`, { clientId: "ann" });
  const session = await client.join(counter, { roomType: "counter" });
  const milestone = new Promise((resolve) => session.on("milestone", resolve));
  await session.send("add", { by: 5 });
  await session.send("add", { by: 6 });
  assert.deepEqual(await milestone, { total: 11, by: "ann" });
  assert.deepEqual(session.state.totals.get("all"), { total: 11 });
  await client.close();
  program.signal("SIGINT");
  assert.equal((await program.ended).code, 0);
});
