import type { NodeName } from "../feed/link/node-name.ts";

/**
 * Where the rooms and the clients of a server are, for all its nodes: one place, in which what is taken is taken by
 * compare-and-set (rules ND-1, ND-3, ND-6). It knows nothing of rooms but their ids.
 */
export interface NodeDirectory {
  /** Takes this room for this node, unless somebody has it. Returns who has it now. */
  claimRoom(roomId: string): Promise<RoomClaim>;
  /** Who has this room. */
  findRoom(roomId: string): Promise<RoomClaim | undefined>;
  /**
   * Takes the room for this node from the claim with this term, if that still stands (rule MV-2). Returns who has it now: this node with
   * a higher term, somebody else, or nobody.
   */
  takeRoom(roomId: string, term: number): Promise<RoomClaim | undefined>;
  /** This node has it no more. Does nothing when its claim is another one by now. */
  releaseRoom(roomId: string, term: number): void;
  /**
   * Makes this node the home of the client, if nobody has done so since its home was `seen` (0: it had none). Returns the home it has now.
   */
  claimHome(clientId: string, seen: number): Promise<Home>;
  /** The client goes from here to another node. Returns the home it has now: another one, if this was not its home any more. */
  passHome(clientId: string, home: number, to: NodeName): Promise<Home | undefined>;
  /** Of the client's resume tokens this number and higher ones are good from now on, says its home. */
  noteToken(clientId: string, home: number, token: number): void;
  /** The client has nothing more at its home. */
  releaseHome(clientId: string, home: number): void;
  /** Resolves when no room of a node that is dead is on its way from the store to another one (rule DU-6): mostly at once. */
  settled(): Promise<void>;
}

/** A room somebody has. */
export interface RoomClaim extends NodeName {
  /** Grows with each claim of any room, so it tells two of one room apart, and which is newer (rule ND-2). */
  readonly term: number;
  /** Its host is dead, and the store has it: another node is about to take it from this claim (rule DU-6). */
  readonly isOrphan?: true;
}

/** Where a client is at home. */
export interface Home extends NodeName {
  /** Grows with each home of any client. */
  readonly number: number;
  /** The least number of its resume tokens that is good: of the one it last came with, since newer ones may be lost on their way (rule RS-5). */
  readonly token: number;
  /** Whether that node still lives. */
  readonly isAlive: boolean;
}
