import type { Engine } from "./engine.ts";
import type { Levels } from "./observe/metrics.ts";
import { surveySessions } from "./session/survey.ts";

/** Looks at everything an engine holds. Takes time with every session: for scrapes and reports, not for hot paths. */
export function measureLevels(engine: Engine): Levels {
  const { byState, lagMax, lagSum } = surveySessions(engine.sessions.sessions());
  let outboxBytes = 0;
  for (const connection of engine.connections) outboxBytes += connection.outbox.bytes;
  let roomsStalled = 0;
  for (const room of engine.rooms.all()) if (room.isStalled) roomsStalled++;
  return {
    roomsStalled,
    roomsAsleep: engine.rooms.asleep.size,
    connections: engine.connections.size,
    rooms: engine.rooms.size,
    sessions: new Map(Object.entries(byState)),
    outboxBytes,
    cursorLagMax: lagMax,
    cursorLagSum: lagSum,
  };
}
