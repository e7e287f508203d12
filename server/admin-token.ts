/** What an operator may do: look, or act as well. */
export type AdminRole = "read" | "operate";

/** A secret that makes an operator of whoever shows it. */
export interface AdminToken {
  /** Stands in the journal and the log beside what is done with the token. 1 to 64 characters. */
  readonly name: string;
  /** 8 characters or more, of a random source. */
  readonly token: string;
  /** `read`: WatchStats, WatchRoom, the lists, and watching any room. `operate`: all of AdminService. */
  readonly role: AdminRole;
}
