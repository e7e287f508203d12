import type { Contract } from "../shared/contract/contract.ts";
import { isRoomType, type RoomType } from "../server/room/define-room.ts";
import { resolveInputs } from "./simulation/inputs.ts";
import { invalid, resolvePlan, type SimulateOptions } from "./simulation/options.ts";
import { Run, type RunCounts } from "./simulation/run.ts";

/** What the runs of a simulation were like, all together: to see that enough has happened in them. */
export interface SimulationReport extends Readonly<RunCounts> {
  readonly runs: number;
}

/**
 * Lets players do whatever they like in a room, on networks that break, and checks that nothing is ever wrong: your `invariant`
 * after each thing that the room does; that each input is applied once and in order, each event seen once and in order, each
 * player's tables what the room's are; that no hook fails; and that in the end nothing is left. One process, virtual time: the same seed
 * does the same, as long as the room takes its random numbers and its time from `room`.
 *
 * Rejects with a {@link SimulationFailure} at the first run in which anything is, which says how to replay it; with RoomlineError
 * `invalid-config` for options that make no sense.
 */
export async function simulate<C extends Contract>(
  room: RoomType<C>,
  options: SimulateOptions<C> = {},
): Promise<SimulationReport> {
  if (!isRoomType(room)) throw invalid("it takes a room type first, made by defineRoom.");
  const plan = resolvePlan(options);
  const inputs = resolveInputs(room.contract, options.inputs);
  const total = { runs: 0, joins: 0, sent: 0, handled: 0, events: 0, states: 0 };
  for (const seed of plan.seeds) {
    const counts = await new Run(seed, { room, plan, options, inputs }).go();
    total.runs++;
    for (const name of Object.keys(counts) as (keyof RunCounts)[]) total[name] += counts[name];
  }
  return total;
}
