import type { LoadReason } from "../room/room-api.ts";
/** A room that one node wants to hand over to another. */
export interface OfferAsk {
  readonly roomId: string;
  readonly roomType: string;
}

/** A room that is handed over. */
export interface ArriveAsk {
  readonly roomId: string;
  /** The claim under which it stands still: it is taken from that, or not at all. */
  readonly term: number;
  /** Its sealed image, in base64. */
  readonly image: string;
  readonly why: LoadReason;
}

/** It runs, under the claim with this term. */
export interface ArriveAnswer {
  readonly term: number;
}

/** What nodes ask each other about rooms that move. */
export interface MoveCalls {
  offer: { readonly ask: OfferAsk; readonly answer: true };
  arrive: { readonly ask: ArriveAsk; readonly answer: ArriveAnswer };
  /** A room of the node is to go to another one. */
  moveRoom: {
    readonly ask: { readonly roomId: string; readonly to: string };
    readonly answer: true;
  };
}
