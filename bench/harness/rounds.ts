import type { BenchOptions } from "./options.ts";
import type { NodeBinary } from "./node-binary.ts";
import { runOnce } from "./one-run.ts";
import { createProgress } from "./progress.ts";
import { problemsOf, type Measured } from "./result.ts";

/** What all rounds are run with. */
export interface RoundsParts extends BenchOptions {
  readonly node: NodeBinary;
  /** Where Roomline's server writes CPU profiles, if it is to. */
  readonly profileFolder: string | undefined;
}

/** Measures every system once, then every system again, and so on: what the machine does meanwhile hits all alike. */
export async function runRounds(parts: RoundsParts): Promise<Measured[]> {
  const { systems, workload, params, node } = parts;
  const measured = systems.map((system) =>
    workload.phases.map((phase): Measured => ({
      system: phase === "" ? system.name : `${system.name} ${phase}`,
      title: phase === "" ? system.title : `${system.title}, ${phase}`,
      isRoomline: system === systems[0],
      phase,
      rounds: [],
      failures: [],
    })),
  );
  const progress = createProgress(params.rounds * systems.length);
  for (let round = 1; round <= params.rounds; round++) {
    for (const [index, system] of systems.entries()) {
      const phases = measured[index] ?? [];
      const name = `round ${round}: ${system.name}`;
      const profileFolder = index === 0 ? parts.profileFolder : undefined;
      const onStep = (step: string): void => progress.show(`${name}, ${step}`);
      try {
        const run = await runOnce({ system, workload, params, node, profileFolder, onStep });
        for (const [phase, figures] of run.entries()) {
          phases[phase]?.rounds.push(figures);
          for (const problem of problemsOf(figures)) progress.say(`${name} is invalid: ${problem}`);
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : "failed";
        for (const phase of phases) phase.failures.push(reason);
        progress.say(`${name} failed: ${reason}`);
      }
      progress.done();
    }
  }
  progress.end();
  return measured.flat();
}
