import { startChat } from "./chat.ts";
import { doesLook } from "./crowd.ts";
import type { Load, LoadContext } from "./workload.ts";

/**
 * A chat with large messages. In the first phase everybody reads; then some stop, and what the others notice of it is the
 * second. The figures are those of the others.
 */
export async function startLoad(context: LoadContext): Promise<Load> {
  const { players, stalledShare } = context.params;
  const mute = choose(context, Math.max(1, Math.round(players * stalledShare)));
  const chat = await startChat(context, (player) => !mute.has(player));
  let phase = 0;
  return {
    measure(measureMs) {
      if (phase++ === 1) {
        for (const player of mute) {
          chat.leaveOut(player);
          chat.crowd.players[player]?.stopReading();
        }
      }
      return chat.measure(measureMs);
    },
  };
}

/** Players that will stop reading: none that looks, spread over the rooms. */
function choose(context: LoadContext, count: number): ReadonlySet<number> {
  const { players } = context.params;
  const able = Array.from({ length: players }, (_, player) => player).filter(
    (player) => !doesLook(context, player),
  );
  const step = Math.max(1, Math.floor(able.length / count));
  return new Set(able.filter((_, index) => index % step === 0).slice(0, count));
}
