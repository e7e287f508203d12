import type { TestContext } from "node:test";
import { createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { create, toBinary, toJson, type JsonValue } from "@bufbuild/protobuf";
import { defineContract, json, withReply } from "roomline/contract";
import { createServer, defineRoom, type Server, type ServerOptions } from "roomline/server";
import type { PlayedCall } from "../../playground/model/code/played-call.ts";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { Color, EveryTypeSchema, type EveryType } from "../gen/roomline/test/v1/every_type_pb.ts";

/** Text that means something else in every language there is, if it is not quoted with care. */
export const hostileText = [
  `it's "quoted" \\ \\n \\u0041 \\' \\"`,
  "$HOME ${HOME} $(touch pwned) `touch pwned` ${1 + 1} {0} %s %n %%",
  "!! # -- // /* */ ''' \"\"\" <<EOF @file ; & | > < * ? ~",
  "line\nline\r\nline\ttab \u0000\u0001\u001b[31m\u007f",
  "é ß 世界 🚀 👩‍👩‍👧 \u2028\u2029\ufeff \u202eRTL",
].join("\n");

/** A name of the same kind, which has no control characters. */
export const hostileName = `it's "$HOME" \${x} \`id\` \\n 世界 🚀`;

/** A JSON value that has all of it, also as names, and all kinds of values. */
export const hostileValue: JsonValue = JSON.parse(
  JSON.stringify({
    [hostileText]: hostileText,
    constructor: [null, true, false, 0, -1.5, 1e21, 1e-7, 9007199254740991, "", [], {}],
    nested: { "a-b": { if: "1", class: "2", None: "3" } },
  }).replace(`"constructor"`, `"__proto__"`),
) as JsonValue;

const contract = defineContract({
  inputs: {
    [hostileName]: json<JsonValue>(),
    ask: withReply(json<JsonValue>(), json<JsonValue>()),
    every: EveryTypeSchema,
  },
  events: { [`said ${hostileName}`]: json<JsonValue>(), told: EveryTypeSchema },
  state: { [`rows ${hostileName}`]: json<JsonValue>(), everything: EveryTypeSchema },
  presence: json<JsonValue>(),
});

/** What came to a room: "input NAME", "options" or "presence", and its value. */
export type Came = readonly [what: string, value: JsonValue, playerId: string];

/** A server with one room type, called "played", that writes down what comes, and tells it to all. */
export async function startPlayed(
  test: TestContext,
  options: Partial<ServerOptions> = {},
): Promise<PlayedServer> {
  const came: Came[] = [];
  const played = defineRoom(contract, {
    watchable: true,
    emptyDelayMs: 60_000,
    create: (_room, options) => void came.push(["created", options as JsonValue, ""]),
    onJoin(room, player, options) {
      came.push(["joined", options as JsonValue, player.id]);
      room.state[`rows ${hostileName}`].set("one", "row-marker");
    },
    onInput: {
      [hostileName]: (room, player, value) => {
        came.push(["input", value, player.id]);
        room.publish(`said ${hostileName}`, "event-marker");
      },
      ask: (_room, player, value) => {
        came.push(["asked", value, player.id]);
        return "reply-marker";
      },
      every: (room, player, message: EveryType) => {
        came.push(["message", toJson(EveryTypeSchema, message), player.id]);
        room.state.everything.set("one", { ...message, aString: "message-row-marker" });
        room.publish("told", { aString: "message-event-marker" });
      },
    },
  });
  const server = await createServer({ host: "127.0.0.1", port: 0, rooms: { played }, ...options });
  test.after(() => server.close());
  const url = `http://${server.address}`;
  const { roomTypes } = await createAdmin(url).describeRoomTypes({ roomType: "played" });
  const [info] = roomTypes;
  if (info === undefined) throw new Error("The server does not describe its room type.");
  const call: PlayedCall = {
    url,
    clientId: hostileName,
    hasToken: false,
    join: {
      roomType: "played",
      roomId: hostileName,
      mode: "join-or-create",
      options: hostileValue,
    },
    info,
    input: undefined,
  };
  return { server, call, came };
}

function createAdmin(baseUrl: string): Client<typeof AdminService> {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${adminToken}`);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: "2",
    interceptors: [authorize],
  });
  return createClient(AdminService, transport);
}

/** The token of operators, where one is asked for. */
export const adminToken = "secret-secret";

/** What {@link startPlayed} has started. */
export interface PlayedServer {
  readonly server: Server;
  /** A join without an input. */
  readonly call: PlayedCall;
  readonly came: readonly Came[];
}

/** The options of a server that lets in who shows this token, and operators who show theirs. */
export function withToken(token: string): Partial<ServerOptions> {
  return {
    adminToken,
    authenticate: (asked) => {
      if (asked.token !== token) throw new Error("This is not the token.");
      return { clientId: "ann" };
    },
  };
}

/** A message of every type as JSON, with what is easily lost, and its bytes. */
export function everyMessage(): { readonly json: JsonValue; readonly bytes: Uint8Array } {
  const message = create(EveryTypeSchema, {
    aDouble: 1.5,
    anInt64: -9007199254740993n,
    aUint64: 18446744073709551615n,
    someBytes: Uint8Array.of(0, 128, 255),
    aString: hostileText,
    color: Color.BLUE,
    maybeInt32: 0,
    longString: "9007199254740993",
    point: { x: 0.5 },
    words: [hostileText, ""],
    counts: { [hostileText]: 1 },
    choice: { case: "choiceText", value: hostileText },
  });
  return { json: toJson(EveryTypeSchema, message), bytes: toBinary(EveryTypeSchema, message) };
}
