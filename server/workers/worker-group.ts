import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { DirectoryTable } from "../nodes/directory-table.ts";
import type { ListenAddress } from "../transport/listen.ts";
import { answerFrom, noteIn } from "./asked-directory.ts";
import { GroupStore, type OpenedStore } from "./group-store.ts";
import type {
  DirectoryAsk,
  EdgeStart,
  FromPrimary,
  FromWorker,
  Outcome,
  StoreAsk,
} from "./messages.ts";
import type { RoomTaker } from "./recovery.ts";
import { WorkerProcess } from "./worker-process.ts";

interface WorkerGroupParts {
  /** What the names of nodes begin with. */
  readonly node: string;
  /** Starts a process that waits to be told who it is, with a channel to it. */
  readonly fork: () => ChildProcess;
  readonly clock: Clock;
  /** Where rooms are kept. Default: they are not. */
  readonly opened?: OpenedStore | undefined;
  /** Which rooms a worker takes, as all others are told. */
  readonly standingOf: (child: WorkerProcess) => WorkerStanding;
  /** A worker says what is not for the group: it is noted already. */
  readonly onMessage: (child: WorkerProcess, message: FromWorker) => void;
  /** Its process has ended, and nobody of the group knows it any more. */
  readonly onGone: (child: WorkerProcess, how: string) => void;
}

interface WorkerStanding {
  /** It takes no players, and no rooms but those it has. */
  readonly isDraining: boolean;
  /** It is about to drain: rooms had better go elsewhere. Default: false. */
  readonly isToGo?: boolean;
}

/** How long the homes of dead workers are remembered: no room keeps a seat for longer. */
const homesKeptMs = 3_600_000;
/** A worker that is to end in some time has ended so long after it, or is killed. */
const patienceMs = 5_000;

/**
 * The processes that are one server, as whoever has started them has them: what they have in common, a folder for their links, a secret
 * and the directory of rooms and homes; and who is there, which all are told.
 */
export class WorkerGroup {
  readonly #parts: WorkerGroupParts;
  readonly #table: DirectoryTable;
  readonly #folder = mkdtempSync(join(tmpdir(), "roomline-links-"));
  /** By it nodes know each other's resume tokens, which are as good at the next start as the rooms are. */
  readonly #secret: Uint8Array;
  readonly #run = randomBytes(9).toString("base64url");
  readonly #children = new Set<WorkerProcess>();
  #address: ListenAddress | undefined;
  #names = 0;
  /** Where rooms are kept; undefined: they are not. */
  readonly store: GroupStore | undefined;

  constructor(parts: WorkerGroupParts) {
    const { clock, opened } = parts;
    this.#parts = parts;
    this.#table = new DirectoryTable(clock);
    this.#secret = opened?.contents.secret ?? new Uint8Array(randomBytes(32));
    this.store =
      opened &&
      new GroupStore({
        ...{ ...opened, clock, table: this.#table },
        takers: () => this.#takers(),
        onSetAside: (roomId) => this.#tellAll({ kind: "set-aside", roomIds: [roomId] }),
      });
  }

  /** Those whose processes have not ended. */
  get children(): ReadonlySet<WorkerProcess> {
    return this.#children;
  }

  /** Where the server listens; undefined: it does not yet. */
  get address(): ListenAddress | undefined {
    return this.#address;
  }

  /** Starts a process, which waits for {@link begin}. */
  fork(): WorkerProcess {
    const { node, fork, clock, onMessage, onGone } = this.#parts;
    const child: WorkerProcess = new WorkerProcess({
      name: { node: `${node}-${++this.#names}`, life: randomBytes(6).toString("hex") },
      process: fork(),
      clock,
      onMessage: (message) => {
        if (!this.#serve(child, message)) onMessage(child, message);
      },
    });
    this.#children.add(child);
    void child.gone.then((how) => {
      this.#children.delete(child);
      const tellOthers = (): void => this.tellNodes();
      if (this.store !== undefined) this.store.bury(child.name, tellOthers);
      else {
        this.#table.bury(child.name);
        tellOthers();
      }
      onGone(child, how);
    });
    return child;
  }

  /** Tells a process who it is. `edge`: it has connections alone, and no code of the user's. */
  begin(child: WorkerProcess, edge?: EdgeStart): void {
    const { store } = this;
    child.tell({
      kind: "start",
      ...{ self: child.name, folder: this.#folder, secret: this.#secret, run: this.#run },
      ...(store !== undefined && { store: { name: store.name, setAside: store.setAside } }),
      ...(edge !== undefined && { edge }),
    });
    if (this.#address !== undefined) child.tell({ kind: "listening", address: this.#address });
    this.tellNodes();
  }

  /** From now on the server listens there. */
  listensAt(address: ListenAddress): void {
    this.#address = address;
    this.#tellAll({ kind: "listening", address });
  }

  /** Tells all who is there. */
  tellNodes(): void {
    const states = [...this.#children].flatMap((child) =>
      child.status === "starting"
        ? []
        : [{ ...child.name, ...child.load, ...this.#parts.standingOf(child) }],
    );
    this.#tellAll({ kind: "nodes", states });
  }

  /** Has a worker drain and end, within that time. */
  retire(child: WorkerProcess, withinMs: number): void {
    if (!this.#children.has(child)) return;
    child.status = "draining";
    this.tellNodes();
    child.tell({ kind: "end", withinMs });
    const kill = this.#parts.clock.setTimer(() => child.kill(), withinMs + patienceMs);
    void child.gone.then(() => kill.cancel());
  }

  /** Resolves when all processes have ended, and nothing is left of what they shared. */
  async ended(): Promise<void> {
    await Promise.all([...this.#children].map(({ gone }) => gone));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Answers what is for the group; whether that is all there is to it. */
  #serve(child: WorkerProcess, message: FromWorker): boolean {
    switch (message.kind) {
      case "ready":
        this.#table.enter(child.name);
        this.tellNodes();
        this.store?.onTakers();
        return false;
      case "directory":
        this.#answer(child, message);
        return true;
      case "say":
        noteIn(this.#table, message);
        if (message.method !== "releaseRoom") this.store?.note([String(message.args[0])]);
        return true;
      case "store":
        void this.#askStore(child, message);
        return true;
      case "load":
        this.#sweep();
        this.tellNodes();
        this.store?.onTakers();
        return true;
      default:
        return false;
    }
  }

  #sweep(): void {
    const forgotten = this.#table.sweep(this.#parts.clock.now() - homesKeptMs);
    this.store?.note(forgotten);
  }

  #answer(child: WorkerProcess, { call, method, args }: DirectoryAsk): void {
    const tell = (value: unknown): void => child.tell({ kind: "outcome", call, value });
    if (method !== "settled") tell(answerFrom(this.#table, child.name, { method, args }));
    else if (this.store === undefined) tell(undefined);
    else void this.store.settled().then(tell);
  }

  async #askStore(child: WorkerProcess, ask: StoreAsk): Promise<void> {
    const tell = (outcome: Outcome): void =>
      child.tell({ kind: "stored", call: ask.call, outcome });
    try {
      if (this.store === undefined) throw new RoomlineError("storage-failed", "There is no store.");
      tell({ ok: true, value: await this.store.answer(child.name, ask) });
    } catch (thrown) {
      const { code, message } = RoomlineError.from(thrown);
      tell({ ok: false, code, message });
    }
  }

  /** The workers that take rooms: those that stay, if there are any. */
  #takers(): RoomTaker[] {
    const open = [...this.#children].flatMap((child) => {
      const { isDraining, isToGo = false } = this.#parts.standingOf(child);
      return child.status !== "ready" || isDraining ? [] : { child, isToGo };
    });
    const staying = open.filter(({ isToGo }) => !isToGo);
    return (staying.length > 0 ? staying : open).map(({ child }) => ({
      node: child.name.node,
      rooms: child.load.rooms,
      pickUp: (ask) => child.ask("pickUp", ask),
    }));
  }

  #tellAll(message: FromPrimary): void {
    for (const child of this.#children) child.tell(message);
  }
}
