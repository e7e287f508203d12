import { moveMutants } from "./moves.ts";
import { Laboratory } from "./laboratory.ts";
process.chdir("/tmp/wt/moves");
const lab = new Laboratory();
for (const m of moveMutants) { const { outcome, last } = lab.try(m, m.noticedBy); console.log(outcome === "fails" ? "noticed" : outcome === "passes" ? "NOT NOTICED" : "HANGS", "|", m.name, "|", String(m.noticedBy), "|", last); }
lab.close();
