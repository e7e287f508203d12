import { RoomlineError, type Client, type EmulatedNetwork, type Session } from "roomline/client";
import { chat } from "../contract.ts";
import { RoomView } from "./room-view.ts";
import type { Screen } from "./screen.ts";
import { Typing } from "./typing.ts";

/** All rooms somebody sits in, over one connection, and which of them is in front. */
export class Lounge {
  readonly #client: Client;
  readonly #network: EmulatedNetwork;
  readonly #screen: Screen;
  readonly #rooms = new Map<string, Session<typeof chat>>();
  readonly #typing: Typing;
  #current: Session<typeof chat> | undefined;
  #lostMs = 0;

  constructor(client: Client, network: EmulatedNetwork, screen: Screen) {
    this.#client = client;
    this.#network = network;
    this.#screen = screen;
    this.#typing = new Typing(screen, () => this.#current);
    client.onStateChange((state) => {
      if (state === "resuming") {
        this.#lostMs = performance.now();
        screen.note("connection lost; your seats are kept, what you write waits");
      } else if (state === "live") {
        const seconds = ((performance.now() - this.#lostMs) / 1_000).toFixed(1);
        const rooms = this.#rooms.size === 1 ? "your room" : `all ${this.#rooms.size} rooms`;
        screen.note(`back after ${seconds} s, in ${rooms} with one round trip`);
      }
    });
  }

  async join(roomId: string): Promise<void> {
    if (this.#rooms.has(roomId)) {
      this.switchTo(roomId);
      return;
    }
    const session = await this.#client.join(chat, { roomType: "chat", roomId });
    this.#rooms.set(roomId, session);
    this.#screen.note(`you are in ${roomId}`);
    new RoomView(session, this.#screen);
    this.#typing.watch(session);
    session.onStatus(() => this.#typing.show());
    session.onClose(({ reason, detail }) => {
      this.#forget(session);
      if (reason.name !== "left" && reason.name !== "client-closed")
        this.#screen.note(
          `${roomId}: your seat is gone. ${detail === "" ? reason.meaning : detail}`,
        );
    });
    this.#front(session);
  }

  switchTo(roomId: string): void {
    const session = this.#rooms.get(roomId);
    if (session === undefined) {
      const names = [...this.#rooms.keys()].join(", ");
      throw new RoomlineError("unknown-room", `You are not in ${roomId}, but in: ${names}.`);
    }
    this.#front(session);
    this.#screen.note(`you now talk in ${roomId}`);
  }

  async leave(): Promise<void> {
    const session = this.#here();
    await session.leave();
    this.#screen.note(`you left ${session.roomId}`);
  }

  async say(text: string): Promise<void> {
    const said = this.#here().send("say", { text });
    if (this.#client.state !== "live") this.#screen.note(`waits for the connection: ${text}`);
    await said;
  }

  async rename(name: string): Promise<void> {
    const reply = await this.#here().request("rename", { name });
    this.#screen.note(`in ${this.#here().roomId} you are ${reply.name} now`);
  }

  who(): void {
    const { roomId, state } = this.#here();
    const names = [...state.members.values()].map((it) =>
      it.online ? it.name : `${it.name} (away)`,
    );
    this.#screen.note(`in ${roomId}: ${names.join(", ")}`);
  }

  async pause(): Promise<void> {
    const session = this.#here();
    await session.pause();
    this.#screen.note(`${session.roomId} is paused: it goes on, its messages wait for /resume`);
  }

  /** Resolves when what waited has been shown. */
  async resume(): Promise<void> {
    const session = this.#here();
    if (session.status !== "paused") {
      this.#screen.note(`${session.roomId} is not paused`);
      return;
    }
    const caughtUp = new Promise<void>((resolve) => session.onBacklogEnd(() => resolve()));
    await session.resume();
    await caughtUp;
  }

  /** Breaks the connection, as a bad network would. Resolves when the client has noticed. */
  cut(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = this.#client.onStateChange(() => {
        unsubscribe();
        resolve();
      });
      this.#network.cut(seconds * 1_000);
    });
  }

  /** Leaves all rooms, so that what they still have to say arrives, and goes. */
  async close(): Promise<void> {
    if (this.#client.state === "live") {
      await Promise.all([...this.#rooms.values()].map((session) => session.leave()));
    }
    await this.#client.close();
  }

  #here(): Session<typeof chat> {
    if (this.#current !== undefined) return this.#current;
    throw new RoomlineError("unknown-room", "You are in no room. Try /join lobby");
  }

  #front(session: Session<typeof chat> | undefined): void {
    this.#current = session;
    this.#typing.show();
  }

  #forget(session: Session<typeof chat>): void {
    this.#rooms.delete(session.roomId);
    if (this.#current === session) this.#front([...this.#rooms.values()].at(-1));
  }
}
