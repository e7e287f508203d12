// The attackers, in a process of their own, which yields to all others.
import { setPriority } from "node:os";
import { attack } from "./attacker.ts";
import { floods } from "./catalogue.ts";

/** What the attackers are started with, as JSON. */
export interface AttackArgs {
  readonly port: number;
  readonly flood: string;
}

const { port, flood: name } = JSON.parse(process.argv[2] ?? "{}") as AttackArgs;
const flood = floods[name];
if (flood === undefined) throw new Error(`There is no flood "${name}".`);
// With few cores the good players would wait for the attackers' process, and not for the server.
setPriority(19);
const stop = new AbortController();
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
await attack(port, flood.connections, flood.create, stop.signal);
