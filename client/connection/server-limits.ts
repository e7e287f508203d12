import type { Limits } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { defaultLimits } from "../../shared/limits.ts";
import type { InputLimits } from "../session/inputs.ts";

/** The bounds a server has a client keep. */
export interface ServerLimits extends InputLimits {
  readonly sessionsMax: number;
}

/** What counts until a Welcome says. */
export const defaultServerLimits: ServerLimits = {
  frameBytesMax: defaultLimits.inboundFrameBytesMax,
  sessionsMax: defaultLimits.sessionsPerConnectionMax,
  unackedInputsMax: defaultLimits.unackedInputsMax,
  pendingRepliesMax: defaultLimits.pendingRepliesMax,
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
