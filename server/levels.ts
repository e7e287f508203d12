import type { Engine } from "./engine.ts";
import type { Levels } from "./observe/metrics.ts";

/** Looks at everything an engine holds. Takes time with every session: for scrapes and reports, not for hot paths. */
export function measureLevels(engine: Engine): Levels {
  const sessions = new Map([
    ["active", 0],
    ["paused", 0],
    ["detached", 0],
  ]);
  let cursorLagMax = 0;
  let cursorLagSum = 0;
  for (const session of engine.sessions.sessions()) {
    const { kind } = session.state;
    sessions.set(kind, (sessions.get(kind) ?? 0) + 1);
    const lag = session.stream?.lag ?? 0;
    cursorLagMax = Math.max(cursorLagMax, lag);
    cursorLagSum += lag;
  }
  let outboxBytes = 0;
  for (const connection of engine.connections) outboxBytes += connection.outbox.bytes;
  return {
    connections: engine.connections.size,
    rooms: engine.rooms.size,
    sessions,
    outboxBytes,
    cursorLagMax,
    cursorLagSum,
  };
}
