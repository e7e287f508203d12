import type { Clock } from "../../../shared/clock.ts";
import { encodeEventBody } from "../../../shared/codec/server-frame.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import { checkNames, suggestion, type NamesOf } from "../../../shared/known-names.ts";
import type { WireWriter } from "../../../shared/wire/wire-writer.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Audience } from "../../feed/feed.ts";
import type { RoomTypeConfig } from "../config.ts";
import { encodeSaid } from "./encode-said.ts";
import type { OpenCommit } from "./open-commit.ts";
import type { Player, PublishOptions } from "../room-api.ts";

/** What a publisher needs of its room. */
interface PublisherParts {
  readonly config: RoomTypeConfig;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Scratch space, shared by all rooms of a process. */
  readonly writer: WireWriter;
  /** Cursor of the newest entry that readers can see. */
  readonly logHead: () => number;
  readonly open: OpenCommit;
}

/** Encodes what a room publishes, once; readers see it at the room's next commit (rules RL-1, RL-8). */
export class Publisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Cursor of the newest entry, seen or not. */
  get head(): number {
    return this.#parts.logHead() + this.#parts.open.entryCount;
  }

  /** Returns the cursor of the event; 0 for an ephemeral one. */
  publish(kindName: string, payload: unknown, options: PublishOptions): number {
    const { config, clock, counters, writer, open } = this.#parts;
    const kind = config.contract.events.byName.get(kindName);
    if (kind === undefined) {
      throw new RoomlineError(
        "invalid-use",
        `The contract of room type "${config.type}" has no event "${kindName}". ${suggestion(kindName, [...config.contract.events.byName.keys()])}`,
      );
    }
    for (const name in options) if (!(name in publishNames)) refuseName(options);
    const { ephemeral = false, afterState = false } = options;
    if (ephemeral && afterState) {
      throw new RoomlineError(
        "invalid-use",
        "publish: an ephemeral event has no place behind a state; give `ephemeral` or `afterState`, not both.",
      );
    }
    const cursor = ephemeral ? 0 : this.head + 1;
    const audience = audienceOf(options);
    const body = encodeEventBody(writer, {
      cursor,
      kind: kind.number,
      payload: encodeSaid(kind, payload, {
        what: `publish("${kind.name}")`,
        bytesMax: config.messageBytesMax,
      }),
      sender: options.from?.id ?? "",
      timeMs: Math.floor(clock.wallNow()),
    });
    if (ephemeral) open.ephemerals.push({ body, audience });
    else open.append({ cursor, body, audience, afterTick: 0 }, afterState);
    counters.eventsPublished++;
    return cursor;
  }
}

const publishNames: NamesOf<PublishOptions> = {
  to: true,
  except: true,
  from: true,
  afterState: true,
  ephemeral: true,
};

function refuseName(options: PublishOptions): void {
  checkNames("publish", options, publishNames, { code: "invalid-use" });
}

function audienceOf({ to, except }: PublishOptions): Audience | undefined {
  if (to === undefined && except === undefined) return undefined;
  if (to !== undefined && except !== undefined) {
    throw new RoomlineError("invalid-use", "publish: give either `to` or `except`, not both.");
  }
  const named = to ?? except ?? [];
  const players = new Set((isPlayer(named) ? [named] : named).map(({ id }) => id));
  return { players, mode: to === undefined ? "except" : "only" };
}

function isPlayer(value: Player | readonly Player[]): value is Player {
  return "id" in value;
}
