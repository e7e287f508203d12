import { RoomlineError, type Client, type EmulatedNetwork, type Session } from "roomline/client";
import { chat } from "../../contract.ts";
import { Changes } from "./changes.ts";
import { ChatRoom } from "./chat-room.ts";
import { Outage } from "./outage.ts";

/** What the page tells the user of, on top. */
export type Notice =
  | { readonly type: "none" }
  | { readonly type: "offline"; readonly cutUntilMs: number | undefined }
  | { readonly type: "back"; readonly text: string; readonly isWhole: boolean }
  | { readonly type: "problem"; readonly text: string }
  | { readonly type: "ended"; readonly text: string };

/** What a chat needs to begin. */
export interface ChatAppParts {
  readonly client: Client;
  readonly network: Pick<EmulatedNetwork, "cut">;
  /** The name to be shown. */
  readonly name: string;
  readonly pauseInBackground: boolean;
}

/** How long good news stay. */
const noticeMs = 7_000;

/** All of the chat: one connection, and the rooms that share it. */
export class ChatApp {
  readonly changes = new Changes();
  readonly #client: Client;
  readonly #network: Pick<EmulatedNetwork, "cut">;
  readonly #rooms = new Map<string, ChatRoom>();
  readonly #joining = new Map<string, Promise<ChatRoom | undefined>>();
  #outage: Outage | undefined;
  #cutUntilMs: number | undefined;
  #notice: Notice = { type: "none" };
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #front: ChatRoom | undefined;
  #name: string;
  #pauseInBackground: boolean;

  constructor({ client, network, name, pauseInBackground }: ChatAppParts) {
    this.#client = client;
    this.#network = network;
    this.#name = name;
    this.#pauseInBackground = pauseInBackground;
    client.onStateChange((state) => {
      if (state === "resuming") this.#onLost();
      else if (state === "live") this.#onBack();
      else if (state === "closed") this.#onEnd();
    });
  }

  /** The rooms we have a seat in, in the order in which we came. */
  get rooms(): readonly ChatRoom[] {
    return [...this.#rooms.values()];
  }

  /** The room in front. */
  get front(): ChatRoom | undefined {
    return this.#front;
  }

  get name(): string {
    return this.#name;
  }

  get pauseInBackground(): boolean {
    return this.#pauseInBackground;
  }

  get isOnline(): boolean {
    return this.#client.state === "live";
  }

  get rttMs(): number | undefined {
    return this.#client.rttMs;
  }

  get notice(): Notice {
    return this.#notice;
  }

  nowMs(): number {
    return this.#client.serverNow();
  }

  /** Takes a seat in a room, if we have none there, and brings it to the front. */
  async open(roomId: string): Promise<void> {
    const room = await this.join(roomId);
    if (room !== undefined) this.show(room);
  }

  /** Takes a seat in a room. What goes wrong is said on top, and there is no room then. */
  async join(roomId: string): Promise<ChatRoom | undefined> {
    const known = this.#rooms.get(roomId) ?? this.#joining.get(roomId);
    if (known !== undefined) return known;
    const joining = this.#join(roomId);
    this.#joining.set(roomId, joining);
    const room = await joining;
    this.#joining.delete(roomId);
    return room;
  }

  /** Brings a room to the front. */
  show(room: ChatRoom): void {
    const before = this.#front;
    this.#front = room;
    if (before !== room && before !== undefined) {
      before.log.unmark();
      if (this.#pauseInBackground) before.pause();
    }
    room.resume();
    this.changes.emit();
  }

  /** Gives the seat up. */
  async leave(room: ChatRoom): Promise<void> {
    await room.leave();
  }

  /** Paused, the rooms in the background cost nothing; what is said in them waits in their logs. */
  setPauseInBackground(pause: boolean): void {
    this.#pauseInBackground = pause;
    for (const room of this.#rooms.values()) {
      if (room === this.#front) continue;
      if (pause) room.pause();
      else room.resume();
    }
    this.changes.emit();
  }

  /**
   * Takes another name, in all rooms or in none of those after the first that refuses it.
   * Rejects with that room's error.
   */
  async rename(name: string): Promise<void> {
    for (const room of this.#rooms.values()) await room.rename(name);
    this.#name = name;
    this.changes.emit();
  }

  /** Breaks the connection as a bad network would, for so long. */
  cut(offlineMs: number): void {
    if (!this.isOnline) return;
    this.#cutUntilMs = Date.now() + offlineMs;
    this.#network.cut(offlineMs);
  }

  dismissNotice(): void {
    this.#say({ type: "none" });
  }

  /** Says goodbye to the server. */
  close(): void {
    void this.#client.close();
  }

  async #join(roomId: string): Promise<ChatRoom | undefined> {
    try {
      const options = { name: this.#name };
      const session = await this.#client.join(chat, { roomType: "chat", roomId, options });
      return this.#moveIn(session);
    } catch (error) {
      const text = `${roomId}: ${RoomlineError.from(error).message}`;
      if (this.#client.state !== "closed") this.#say({ type: "problem", text });
      return undefined;
    }
  }

  #moveIn(session: Session<typeof chat>): ChatRoom {
    const room = new ChatRoom({
      session,
      name: this.#name,
      nowMs: () => this.#client.serverNow(),
      onChange: () => this.changes.emit(),
      onCaughtUp: (caughtUp) => {
        this.#outage?.caughtUp(caughtUp);
        this.#tellOfOutage();
      },
    });
    this.#rooms.set(room.id, room);
    session.onClose(({ reason, detail }) => {
      this.#forget(room);
      if (reason.name !== "left" && this.#client.state !== "closed")
        this.#say({
          type: "problem",
          text: `${room.id}: ${detail === "" ? reason.meaning : detail}`,
        });
    });
    if (this.#front === undefined) this.show(room);
    else if (this.#pauseInBackground) room.pause();
    this.changes.emit();
    return room;
  }

  #onLost(): void {
    this.#outage = new Outage(Date.now());
    this.#say({ type: "offline", cutUntilMs: this.#cutUntilMs });
    this.#cutUntilMs = undefined;
  }

  #onBack(): void {
    this.#outage?.end(Date.now());
    this.#tellOfOutage();
  }

  /** The rooms report one after the other; each report replaces what was said. */
  #tellOfOutage(): void {
    if (this.#outage === undefined || !this.isOnline) return;
    this.#say({ type: "back", ...this.#outage.summary() });
  }

  #onEnd(): void {
    const reason = this.#client.closeReason;
    if (reason?.name === "client-closed") return;
    this.#say({ type: "ended", text: reason?.meaning ?? "" });
  }

  #say(notice: Notice): void {
    clearTimeout(this.#noticeTimer);
    this.#notice = notice;
    if (notice.type === "back" || notice.type === "problem")
      this.#noticeTimer = setTimeout(() => this.dismissNotice(), noticeMs);
    this.changes.emit();
  }

  #forget(room: ChatRoom): void {
    this.#rooms.delete(room.id);
    if (this.#front === room) {
      this.#front = undefined;
      const next = [...this.#rooms.values()].at(-1);
      if (next !== undefined) this.show(next);
    }
    this.changes.emit();
  }
}
