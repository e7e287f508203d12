import { Command, CommanderError } from "commander";
import { dev } from "./dev/dev.ts";
import { resolveLoadOptions } from "./load/load-options.ts";
import { runLoad } from "./load/run-load.ts";
import type { GivenFlags } from "./options/option-reader.ts";
import { recordRoom, resolveRecordOptions } from "./record/record.ts";
import { replay } from "./replay/replay.ts";
import { resolveReplayOptions } from "./replay/replay-options.ts";
import { resolveRoomsOptions } from "./rooms/rooms-options.ts";
import { showRooms } from "./rooms/show-rooms.ts";
import { resolveServeOptions } from "./serve/serve-options.ts";
import { serve } from "./serve/serve.ts";
import { serveWatched } from "./serve/watched.ts";
import { resolveStoreOptions } from "./store/store-options.ts";
import { dropRooms, exportRoom, verifyStore } from "./store/store.ts";
import { exitCodes, type Surroundings } from "./surroundings.ts";
import { resolveTailOptions } from "./tail/tail-options.ts";
import { tail } from "./tail/tail.ts";
import { resolveTokenOptions } from "./token/token-options.ts";
import { makeToken } from "./token/token.ts";

/** Does what the command line says. Resolves to the exit code: 0, 1 for a failure, 2 for bad usage. */
export async function runProgram(args: readonly string[], around: Surroundings): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(args, around, (ended) => (code = ended));
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return code;
}

function createProgram(
  args: readonly string[],
  around: Surroundings,
  end: (code: number) => void,
): Command {
  const program = new Command("roomline")
    .description(
      "Realtime rooms for games, chats and bots: a server, a load generator, and looks into a server.",
    )
    .version(around.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
      outputError: (text, write) => write(`roomline: ${oneLine(text)}\n`),
    })
    .exitOverride();
  addServe(program, args, around, end);
  addDev(program, around, end);
  addLoad(program, around, end);
  addRooms(program, around, end);
  addTail(program, around, end);
  addToken(program, around, end);
  addStore(program, around, end);
  addRecord(program, around, end);
  addReplay(program, around, end);
  return program;
}

/** "error: unknown option '--prot'\n(Did you mean --port?)" as one line that says what to do. */
function oneLine(text: string): string {
  const sentence = text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ");
  return `${sentence.replace(/[.]$/, "")}. See roomline --help, or roomline COMMAND --help.`;
}

function addServe(
  program: Command,
  args: readonly string[],
  around: Surroundings,
  end: (code: number) => void,
): void {
  const serving = program
    .command("serve")
    .description("Run a server: your rooms, or the demo rooms chat and arena.")
    .argument("[MODULE]", "path of the module that exports your rooms");
  addServeOptions(serving)
    .addHelpText("after", serveNotes)
    .action(async (module: string | undefined, _: unknown, command: Command) => {
      const { watch, ...flags } = command.opts<GivenFlags>();
      const checked = resolveServeOptions(flags, around.env);
      const isWatched = watch === true && checked.ok;
      end(await (isWatched ? serveWatched(args, around) : serve(module, checked, around)));
    });
}

function addDev(program: Command, around: Surroundings, end: (code: number) => void): void {
  const developing = program
    .command("dev")
    .description("Run your rooms while you write them: what you save takes over, and players stay.")
    .argument("<MODULE>", "path of the module that exports your rooms");
  addListenOptions(developing)
    .addHelpText("after", devNotes)
    .action(async (module: string, _: unknown, command: Command) => {
      const logLevel = around.env["ROOMLINE_LOG_LEVEL"] ?? "warn";
      const flags = { logLevel, ...command.opts<GivenFlags>() };
      end(await dev(module, resolveServeOptions(flags, around.env), around));
    });
}

function addServeOptions(serving: Command): Command {
  return addListenOptions(serving)
    .option(
      "--workers <NUMBER>",
      "processes, each on a core of its own, behind the one port; auto for as many as there are cores (default: 1)",
    )
    .option("--watch", "start again whenever a file of your rooms changes, for work on them")
    .option(
      "--data <DIR>",
      "a folder in which rooms with a durability are kept beyond the server's end (Node 22.13 or later)",
    )
    .option(
      "--record <DIR>",
      "a folder to which rooms whose type has record: true are recorded (default: recordings in that of --data, else memory)",
    );
}

function addListenOptions(serving: Command): Command {
  return serving
    .option(
      "--host <HOST>",
      "interface to listen at (default: with authenticate all, else localhost)",
    )
    .option("--port <NUMBER>", "port, 0 for any that is free (default: 50051)")
    .option("--log-level <LEVEL>", "trace, debug, info, warn, error, fatal, silent (default: info)")
    .option("--log-format <FORMAT>", "json or pretty (default: pretty on a terminal)")
    .option(
      "--tls-cert <FILE>",
      "certificate with its chain, PEM; without it the port is cleartext",
    )
    .option("--tls-key <FILE>", "private key of the certificate, PEM")
    .option("--tls-ca <FILE>", "who may sign the certificates of clients, PEM")
    .option("--tls-client-auth", "take only clients with a certificate (mutual TLS)")
    .option("--node <NAME>", "name of this server in logs and metrics (default: random)")
    .option("--resume-address <HOST:PORT>", "where clients come back to, if not where they dialled")
    .option("--max-connections <NUMBER>", "open connections at most (default: 5000)")
    .option("--resume-window <SECONDS>", "how long a lost player's seat is kept (default: 120)")
    .option(
      "--metrics-interval <SECONDS>",
      "pause between reports in the log, 0: none (default: 60)",
    )
    .option("--drain-timeout <SECONDS>", "how long SIGTERM waits for players (default: 30)")
    .option("--admin-token <SECRET>", "lets operators in; better given by ROOMLINE_ADMIN_TOKEN")
    .option(
      "--operator <NAME:ROLE:SECRET>",
      "another operator, of the role read or operate; better given by ROOMLINE_ADMIN_TOKENS; may be repeated",
      collect,
      undefined,
    )
    .option(
      "--allowed-origin <ORIGIN>",
      "whose pages may connect: https://game.example, https://*.game.example, capacitor://localhost, or *; may be repeated",
      collect,
      undefined,
    )
    .option(
      "--trusted-proxy <ADDRESS>",
      "a proxy of yours, or a range such as 10.0.0.0/8, whose X-Forwarded-For is believed; may be repeated",
      collect,
      undefined,
    )
    .option("--static <DIR>", "a folder of files for browsers, index.html at /")
    .option("--limit <NAME=NUMBER>", "any limit by its name; may be repeated", collect, undefined);
}

function addLoad(program: Command, around: Surroundings, end: (code: number) => void): void {
  program
    .command("load")
    .description("Put load on a running server, and check that nothing gets lost.")
    .option("--url <HOST:PORT>", "the server, or ws://HOST:PORT (default: localhost:50051)")
    .option("--players <NUMBER>", "players, each with a connection (default: 20)")
    .option("--rooms-per-player <NUMBER>", "rooms each player is in at once (default: 1)")
    .option("--room-type <TYPE>", "arena or chat (default: arena)")
    .option("--room-size <NUMBER>", "players in a room (default: 20)")
    .option("--rate <HZ>", "inputs per second, player and room (default: 20 for arena, 1 for chat)")
    .option("--seconds <SECONDS>", "how long to send (default: 10)")
    .option("--ramp <SECONDS>", "time over which players connect (default: 0)")
    .option(
      "--cut-per-second <FRACTION>",
      "share of players whose socket is destroyed (default: 0)",
    )
    .option("--pause-per-second <FRACTION>", "share of sessions paused for a moment (default: 0)")
    .option(
      "--network <NETWORK>",
      "a bad network for each player: wifi, 4g, train, lossy, or conditions, see below; may be repeated, and players take turns",
      collect,
      undefined,
    )
    .option(
      "--expect-losses",
      "processes of the server may die: no fault if everybody is back, and told of rooms that are lost",
    )
    .option("--settle <SECONDS>", "how long to wait for what is under way (default: 15)")
    .option("--connect-timeout <SECONDS>", "how long to try for a connection (default: 10)")
    .option("--tls", "speak TLS")
    .option("--tls-ca <FILE>", "who may sign the server's certificate, PEM")
    .option("--tls-cert <FILE>", "own certificate, for servers that want one, PEM")
    .option("--tls-key <FILE>", "private key of the own certificate, PEM")
    .option("--seed <NUMBER>", "repeats the choices of another run (default: random)")
    .option("--json", "print the figures as one line of JSON, and nothing else")
    .addHelpText("after", loadNotes)
    .action(async (_: unknown, command: Command) => {
      end(await runLoad(resolveLoadOptions(command.opts<GivenFlags>()), around));
    });
}

function addRooms(program: Command, around: Surroundings, end: (code: number) => void): void {
  withTarget(program.command("rooms").description("Show the rooms of a running server."))
    .option("--type <TYPE>", "only rooms of this type")
    .option("--joinable", "only rooms with a seat free")
    .option("--watch", "go on with the changes")
    .option("--json", "print JSON: one line with all rooms; with --watch a line for each change")
    .addHelpText("after", roomsNotes)
    .action(async (_: unknown, command: Command) => {
      const checked = resolveRoomsOptions(command.opts<GivenFlags>(), around.env);
      end(await showRooms(checked, around));
    });
}

function addTail(program: Command, around: Surroundings, end: (code: number) => void): void {
  withTarget(program.command("tail").description("Print the events of a room as they come."))
    .argument("<ROOM>", "id of the room")
    .option("--kinds <KINDS>", "only events of these kinds, with commas in between")
    .option("--from <WHERE>", "oldest, live (default), or a cursor an earlier tail has printed")
    .option("--json", "print a line of JSON for each event")
    .addHelpText("after", tailNotes)
    .action(async (room: string, _: unknown, command: Command) => {
      const checked = resolveTailOptions(room, command.opts<GivenFlags>(), around.env);
      end(await tail(checked, around));
    });
}

function addToken(program: Command, around: Surroundings, end: (code: number) => void): void {
  program
    .command("token")
    .description("Make a token (JWT) for a client, for development, and print it.")
    .argument("<CLIENT-ID>", "whom the token names")
    .option("--jwt-secret <SECRET>", "signs by HS256; better in ROOMLINE_JWT_SECRET")
    .option("--jwt-key <FILE>", "private key that signs, PEM: RSA, EC P-256 or Ed25519")
    .option("--kid <NAME>", "name of the key, if the server has several")
    .option("--issuer <NAME>", "who signs (iss)")
    .option("--audience <NAME>", "whom it is for (aud)")
    .option("--lifetime <SECONDS>", "how long it is good (default: 3600)")
    .option(
      "--claim <NAME=VALUE>",
      "another claim, JSON or text; may be repeated",
      collect,
      undefined,
    )
    .option("--client-id-claim <NAME>", "the claim that names the client (default: sub)")
    .addHelpText("after", tokenNotes)
    .action(async (clientId: string, _: unknown, command: Command) => {
      const checked = resolveTokenOptions(clientId, command.opts<GivenFlags>(), around.env);
      end(await makeToken(checked, around));
    });
}

function addStore(program: Command, around: Surroundings, end: (code: number) => void): void {
  const store = program
    .command("store")
    .description("Look into the store of a server that is not running, and take rooms out of it.")
    .addHelpText("after", storeNotes);
  const within = (name: string, description: string): Command =>
    store
      .command(name)
      .description(description)
      .option("--data <DIR>", "the folder of the store; better in ROOMLINE_DATA");
  const checked = (command: Command) => resolveStoreOptions(command.opts<GivenFlags>(), around.env);
  within("verify", "List the rooms, and say of each whether it can be read.").action(
    (_: unknown, command: Command) => end(verifyStore(checked(command), around)),
  );
  within("export", "Write the image of a room into a file.")
    .argument("<ROOM>", "id of the room")
    .argument("<FILE>", "a file that is not there yet")
    .option("--node <NAME>", "what this node of the server has of it (default: where the room is)")
    .action((roomId: string, file: string, _: unknown, command: Command) =>
      end(exportRoom({ roomId, file }, checked(command), around)),
    );
  within("drop", "Take rooms out of the store, for good.")
    .argument("<ROOM...>", "ids of the rooms")
    .action((roomIds: readonly string[], _: unknown, command: Command) =>
      end(dropRooms(roomIds, checked(command), around)),
    );
}

function addRecord(program: Command, around: Surroundings, end: (code: number) => void): void {
  const described = "Write the recording of a room of a running server into a file.";
  withTarget(program.command("record").description(described))
    .argument("<ROOM>", "id of the room, whose type has record: true")
    .argument("<FILE>", "a file that is not there yet")
    .option("--node <NAME>", "what this node of the server has of it (default: where the room is)")
    .addHelpText("after", recordNotes)
    .action(async (room: string, file: string, _: unknown, command: Command) => {
      const checked = resolveRecordOptions({ room, file }, command.opts<GivenFlags>(), around.env);
      end(await recordRoom(checked, around));
    });
}

function addReplay(program: Command, around: Surroundings, end: (code: number) => void): void {
  program
    .command("replay")
    .description("Show a recording of a room: what happened when, and who was late.")
    .argument("<FILE>", "a file of roomline record, or a folder that a server has written")
    .argument("[ROOMS]", "path of the module that exports your rooms, for --verify")
    .option("--at <WHEN>", "state and events at a tick (1200) or a time (12.5s, 3:20)")
    .option("--verify", "run the room's code again, and name the first thing it does otherwise")
    .option("--json", "print one line of JSON")
    .addHelpText("after", replayNotes)
    .action(async (file: string, module: string | undefined, _: unknown, command: Command) => {
      const checked = resolveReplayOptions({ file, module }, command.opts<GivenFlags>());
      end(await replay(checked, around));
    });
}

function withTarget(command: Command): Command {
  return command
    .option("--url <HOST:PORT>", "the server (default: localhost:50051)")
    .option("--token <TOKEN>", "bearer token; better in ROOMLINE_TOKEN")
    .option("--client-id <NAME>", "act as this client, where clients name themselves")
    .option("--tls", "speak TLS")
    .option("--tls-ca <FILE>", "who may sign the server's certificate, PEM");
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

const serveNotes = `
Each option has an environment variable, and wins over it: --log-level and ROOMLINE_LOG_LEVEL;
--limit and ROOMLINE_LIMIT, --allowed-origin and ROOMLINE_ALLOWED_ORIGINS, --trusted-proxy and
ROOMLINE_TRUSTED_PROXIES, --operator and ROOMLINE_ADMIN_TOKENS, lists with commas.

MODULE exports room types made by defineRoom:
  export const rooms = { lobby, game };       names as in the record
  export const lobby = defineRoom(...);       or each by its own name
  export const authenticate = (credentials) => ({ clientId });   or jwt(...) of roomline/server/jwt
Without authenticate clients name themselves: for development.

Examples:
  roomline serve
  roomline serve ./rooms.js --port 8443 --tls-cert cert.pem --tls-key key.pem
  roomline serve ./rooms.js --resume-window 300 --limit inputsPerSecond=120`;

const devNotes = `
Connections are in one process, rooms in another: when a file is saved that MODULE loads, a new process takes the rooms
over, with all who are in them. When it cannot, the old one goes on, and it is said why, here and on every page.
MODULE and the variables of the environment are as for roomline serve. Warnings and errors are logged; more by --log-level info.

Example:
  roomline dev ./rooms.ts --static public`;

const tokenNotes = `
Whoever has the secret may make a token for anybody: use one for development that production does not know.

Examples:
  export ROOMLINE_JWT_SECRET=$(openssl rand -hex 32)
  roomline token ann
  roomline token ann --audience my-game --lifetime 60 --claim role=admin --claim 'rooms=["lobby"]'
  ROOMLINE_TOKEN=$(roomline token ann) roomline tail lobby`;

const storeNotes = `
Needs Node 22.13 or later. Exit code 0: all is good; 1: something cannot be read or done; 2: the command makes no sense.

Examples:
  roomline store verify --data data
  roomline store export lobby lobby.image --data data
  roomline store drop lobby --data data`;

const recordNotes = `
A recording has what players said and claimed, and what the room keeps secret: it is given to operators of the role operate, on the
server's own machine or with a token in ROOMLINE_TOKEN.

Examples:
  roomline record lobby lobby.rlrec
  ROOMLINE_TOKEN=$ADMIN_TOKEN roomline record lobby lobby.rlrec --url game.example:443 --tls`;

const replayNotes = `
Exit code 0: all is good; 1: it cannot be read, is damaged, or the room does something else than it did; 2: the command makes no sense.

Examples:
  roomline replay lobby.rlrec
  roomline replay lobby.rlrec --at 3:20
  roomline replay --verify lobby.rlrec ./rooms.js`;

const roomsNotes = `
Examples:
  roomline rooms
  roomline rooms --type arena --watch
  roomline rooms --json | jq '.[].roomId'`;

const tailNotes = `
Comes back by itself when the connection is lost, and prints no event twice. Ctrl-C ends it and says
where to go on. Rooms of types that are not watchable show their events to operators alone: on the
server's own machine, or with the admin token in ROOMLINE_TOKEN.

Examples:
  roomline tail lobby
  roomline tail ticker --kinds trade --from oldest --json`;

const loadNotes = `
Players number what they send and check what they get by these numbers. Exit code 0: nothing was lost,
doubled or out of order, and there were no errors; 1: something was; 2: the command makes no sense.
The server must run the demo rooms: roomline serve, without a module.

A network is a preset, conditions, or a preset with what differs: train,latencyMs=100,up.latencyMs=300.
Conditions, for both directions or with up. or down. in front for one:
  latencyMs, jitterMs         how long a frame takes, and how much longer at random
  bandwidthKbps               kilobits that go through in a second
  stallEveryMs, stallMs       how often nothing gets through, and for how long, on average
  cutEveryMs, offlineMs       how often the connection breaks, and for how long there is none, on average
Choices of networks are repeated by --seed. Networks are bad while players send, and good when they wait for the rest.

Examples:
  roomline load --players 200 --rooms-per-player 4 --rate 20 --seconds 15
  roomline load --players 200 --cut-per-second 0.1 --pause-per-second 0.1 --json
  roomline load --players 60 --network train --network lossy --network wifi,down.bandwidthKbps=500`;
