import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import type { Limits } from "../../shared/limits.ts";
import type { SessionVerdict } from "../session/session-manager.ts";

interface Welcome {
  readonly clientId: string;
  readonly connectionId: string;
  readonly resumeToken: string;
  readonly limits: Limits;
  readonly serverTimeMs: number;
  readonly node: string;
  readonly resumeAddress: string;
  readonly verdicts: readonly SessionVerdict[];
  /** 0 for no end. */
  readonly tokenExpiresInMs: number;
}

/** Welcome, as a frame. */
export function encodeWelcome(welcome: Welcome): Uint8Array {
  const { clientId, connectionId, resumeToken, limits, node, resumeAddress } = welcome;
  return encodeServerMessage({
    body: {
      case: "welcome",
      value: {
        clientId,
        connectionId,
        resumeToken,
        node,
        resumeAddress,
        heartbeatIntervalMs: limits.heartbeatIntervalMs,
        resumeWindowMs: limits.resumeWindowMs,
        serverTimeMs: welcome.serverTimeMs,
        tokenExpiresInMs: welcome.tokenExpiresInMs,
        limits: {
          frameBytesMax: limits.inboundFrameBytesMax,
          sessionsMax: limits.sessionsPerConnectionMax,
          unackedInputsMax: limits.unackedInputsMax,
          inputsPerSecond: limits.inputsPerSecond,
          pendingRepliesMax: limits.pendingRepliesMax,
        },
        sessions: welcome.verdicts.map((one) => ({
          sessionId: one.sessionId,
          verdict: one.verdict,
          epoch: one.epoch,
          cursor: BigInt(one.cursor),
          lastInputSeq: BigInt(one.lastInputSeq),
          paused: one.paused,
          leftCode: one.end?.reason.code ?? 0,
          leftReason: one.end?.detail ?? "",
        })),
      },
    },
  });
}
