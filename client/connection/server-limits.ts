import type { Limits } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { InputLimits } from "../session/inputs.ts";

/** The bounds a server has a client keep. */
export interface ServerLimits extends InputLimits {
  readonly sessionsMax: number;
}

/**
 * What counts until a Welcome says. A test holds it to the defaults of servers, all of whose limits a page need not load.
 */
export const defaultServerLimits: ServerLimits = {
  frameBytesMax: 65_536,
  sessionsMax: 128,
  unackedInputsMax: 256,
  pendingRepliesMax: 64,
};

/** The limits of a Welcome; one that it leaves out has its default. */
export function serverLimits(limits: Limits | undefined): ServerLimits {
  if (limits === undefined) return defaultServerLimits;
  return {
    frameBytesMax: limits.frameBytesMax || defaultServerLimits.frameBytesMax,
    sessionsMax: limits.sessionsMax || defaultServerLimits.sessionsMax,
    unackedInputsMax: limits.unackedInputsMax || defaultServerLimits.unackedInputsMax,
    pendingRepliesMax: limits.pendingRepliesMax || defaultServerLimits.pendingRepliesMax,
  };
}
