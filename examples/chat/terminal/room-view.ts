import type { EventInfo, GapInfo, Session } from "roomline/client";
import type { chat } from "../contract.ts";
import { printable, type Screen } from "./screen.ts";

/** Why a room sends what was said earlier. */
type Replay = "history" | "cut" | "pause";

/** Shows one room: what is said, who comes and goes, and what was missed. */
export class RoomView {
  readonly #session: Session<typeof chat>;
  readonly #screen: Screen;
  readonly #members = new Map<string, { readonly name: string; readonly online: boolean }>();
  #replay: Replay = "history";
  #replayed = 0;

  constructor(session: Session<typeof chat>, screen: Screen) {
    this.#session = session;
    this.#screen = screen;
    session.on("said", ({ name, text }, info) => this.#said(name, text, info));
    session.on("joined", ({ name }, { replayed }) => {
      if (!replayed || this.#replay !== "history") this.#remark(`${name} came in`);
    });
    session.on("left", ({ name }, { replayed }) => {
      if (!replayed || this.#replay !== "history") this.#remark(`${name} left`);
    });
    session.onBacklogEnd(() => this.#caughtUp());
    session.onGap((gap) => this.#screen.line(this.#gapText(gap)));
    session.onRejoin(() => this.#note("your seat was gone; you have a new one"));
    session.onStatus((status) => {
      if (status === "detached") this.#replay = "cut";
      else if (status === "paused") this.#replay = "pause";
    });
    this.#watchMembers();
  }

  #said(name: string, text: string, { replayed, timeMs, sender }: EventInfo): void {
    const { bold, dim, cyan, green } = this.#screen.colors;
    if (replayed) this.#replayed++;
    // What comes late says when it was said.
    const time = replayed ? dim(`${new Date(timeMs).toTimeString().slice(0, 5)} `) : "";
    const tint = sender === this.#session.playerId ? green : bold;
    this.#screen.line(`${cyan(this.#label)} ${time}${tint(printable(name))}: ${printable(text)}`);
  }

  /** Members are state: who is there and online is always the newest, however it came about. */
  #watchMembers(): void {
    const { members } = this.#session.state;
    members.onAdd((member, id) => this.#members.set(id, member));
    members.onRemove((_member, id) => this.#members.delete(id));
    members.onChange((member, id) => {
      const before = this.#members.get(id);
      this.#members.set(id, member);
      if (before === undefined) return;
      if (before.name !== member.name) this.#remark(`${before.name} is ${member.name} now`);
      if (id === this.#session.playerId || before.online === member.online) return;
      this.#remark(`${member.name} ${member.online ? "is back" : "lost the connection"}`);
    });
  }

  #caughtUp(): void {
    const count = this.#replayed;
    const messages = count === 1 ? "1 message" : `${count} messages`;
    this.#replayed = 0;
    if (this.#replay === "history") {
      if (count > 0) this.#note(`${messages} from before you came`);
    } else if (this.#replay === "pause") this.#note(`${messages} had waited; live again`);
    else if (this.#session.lastVerdict === "recovered")
      this.#note(`${messages} while you were away; nothing is missing`);
  }

  #gapText({ from, to, reason }: GapInfo): string {
    const { yellow } = this.#screen.colors;
    const what =
      reason === "epoch-changed"
        ? "the room has begun anew; what was said before is gone"
        : `${to - from + 1} entries (${from} to ${to}) are gone: the room no longer keeps them`;
    return yellow(`${this.#label} ! ${what}`);
  }

  get #label(): string {
    return `[${printable(this.#session.roomId)}]`;
  }

  #remark(text: string): void {
    this.#screen.line(this.#screen.colors.dim(`${this.#label} * ${printable(text)}`));
  }

  #note(text: string): void {
    this.#screen.note(`${printable(this.#session.roomId)}: ${text}`);
  }
}
