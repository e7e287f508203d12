import type { ToldRevocation } from "../connection/revocations.ts";
import type {
  RoomCaller,
  RoomRow,
  SeatHold,
  Standings,
  StandingsQuery,
} from "../feed/catalogue.ts";
import { answerCall } from "../feed/link/catalogue-calls.ts";
import type { AnswerCall } from "../feed/link/edge-calls.ts";
import type { OfferedRooms } from "../feed/link/edge-peer.ts";
import type { RoomQuery } from "../feed/room-query.ts";
import type { GiveRequest, Given } from "../session/client-export.ts";
import type { ToldCredentials, ToldIdentity } from "./asked-identity.ts";
import type { ToldType } from "./told-types.ts";
import type { MatchedSeat, MatchOrder } from "./matchmaker.ts";
import type { MoveCalls } from "./move-calls.ts";
import type { OperatorCalls } from "./operator-calls.ts";
import type { KnownSeat } from "./seat-index.ts";

/** A seat that is held, and its room by then. */
export interface HeldSeat {
  readonly secret: string;
  readonly row: RoomRow;
}

/** What the nodes of a server ask each other beside what concerns one room. Plain data, so it travels as JSON. */
export interface NodeCalls extends OperatorCalls, MoveCalls {
  /** Whoever decides about this type of rooms finds a seat. */
  seat: { readonly ask: MatchOrder; readonly answer: MatchedSeat };
  /** Makes a room for it. */
  make: { readonly ask: MatchOrder; readonly answer: RoomRow };
  /** Holds a seat in a room of the node. */
  hold: {
    readonly ask: { readonly roomId: string; readonly hold: SeatHold };
    readonly answer: HeldSeat;
  };
  /** The rooms of the node. */
  standings: { readonly ask: StandingsQuery; readonly answer: Standings };
  /** The client is to be at home where this is asked. */
  give: { readonly ask: GiveRequest; readonly answer: Given };
  /** The seats of a client in rooms of the node. */
  seatsOf: { readonly ask: { readonly clientId: string }; readonly answer: readonly KnownSeat[] };
  /** A client is not to come in any more, nor what it has here to go on. */
  revoke: {
    readonly ask: { readonly clientId: string; readonly message: string; readonly forMs: number };
    readonly answer: { readonly connections: number };
  };
  /** Clients that were revoked before the node was there. */
  revoked: {
    readonly ask: { readonly revocations: readonly ToldRevocation[] };
    readonly answer: true;
  };
  /** The room somebody gets, found or made: of an edge, which has no code of rooms. `secret`: of a seat that is held; empty: none is. */
  enter: {
    readonly ask: { readonly query: RoomQuery; readonly caller: RoomCaller };
    readonly answer: { readonly roomId: string; readonly secret: string };
  };
  /** What the rooms of the node speak. */
  types: { readonly ask: Record<string, never>; readonly answer: readonly ToldType[] };
  /** Who a client is. */
  authenticate: { readonly ask: ToldCredentials; readonly answer: ToldIdentity };
  /** The metrics of the node, as the metrics library has them. */
  metrics: { readonly ask: Record<string, never>; readonly answer: unknown };
}

/** Answers for each of them. */
export type NodeAnswers = {
  readonly [M in keyof NodeCalls]: (
    ask: NodeCalls[M]["ask"],
  ) => NodeCalls[M]["answer"] | Promise<NodeCalls[M]["answer"]>;
};

/** Those that the service of operators gives. */
export type OperatorAnswers = Pick<NodeAnswers, keyof OperatorCalls>;

/** Those that the node gives itself. */
export type OwnAnswers = Omit<NodeAnswers, keyof OperatorCalls>;

/** Answers what other nodes ask: of these rooms, of the node, and what operators want to know, which is there a little later. */
export function createAnswer(
  rooms: OfferedRooms,
  operators: () => Partial<OperatorAnswers>,
  own: OwnAnswers,
): AnswerCall {
  return async (call) => {
    const { method, json } = call;
    const answers: object = Object.hasOwn(own, method) ? own : operators();
    if (!Object.hasOwn(answers, method)) return answerCall(rooms, call);
    const answer = (answers as Record<string, (ask: unknown) => unknown>)[method];
    return JSON.stringify(await answer?.(JSON.parse(json)));
  };
}
