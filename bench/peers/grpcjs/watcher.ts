import { openGrpcLink } from "../../links/grpc-link.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";
import { watcherOn } from "../watcher.ts";
import { watchPath } from "./watch-server.ts";

/** Watches the topic with the one call there is. */
export async function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  let onStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => (onStarted = resolve));
  const link = await openGrpcLink(
    plan.port,
    {
      onMessage(message) {
        if (message.length === 0) {
          onStarted();
          return;
        }
        events.onDelivery(0);
        if (plan.looks) events.onText(0, message.toString("latin1"));
      },
      onEnd: (reason) => events.onLost(reason),
    },
    watchPath,
  );
  link.send(Buffer.alloc(0));
  link.endSending();
  await started;
  return watcherOn(link);
}
