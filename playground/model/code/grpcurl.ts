import type { JsonObject } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { shellWord } from "./literals.ts";
import type { PlayedCall, PlayedPayload } from "./played-call.ts";
import { clientIdHeader, serviceCalls } from "./service-calls.ts";
import { targetOf } from "./target.ts";
import { isAnswered } from "./wire-kinds.ts";

/** The call for grpcurl: the realtime stream for a few seconds, and the services. */
export function grpcurlCode(call: PlayedCall): string {
  const target = targetOf(call.url);
  const clientId = clientIdHeader(call);
  const command = (parts: readonly string[], method: string): string =>
    [
      "grpcurl",
      ...(target.isTls ? [] : ["-plaintext"]),
      ...parts,
      shellWord(target.hostAndPort),
      method,
    ].join(" ");
  const token = call.hasToken ? [`-H "authorization: Bearer $ROOMLINE_TOKEN"`] : [];
  const named = clientId === undefined ? [] : [`-H ${shellWord(`client-id: ${clientId}`)}`];
  const admin =
    call.hasAdminToken === true ? [`-H "authorization: Bearer $ROOMLINE_ADMIN_TOKEN"`] : [];
  const { roomId } = call.join;
  return [
    "# The server describes its messages by reflection: no .proto files are needed.",
    "",
    "# Takes a seat for 10 s. Payloads are bytes, in base64: `echo BASE64 | base64 -d` shows JSON.",
    "{",
    `  printf '%s\\n' \\`,
    ...streamMessages(call).map(
      (message, at, all) =>
        `    ${shellWord(JSON.stringify({ messages: [message] }))}${at === all.length - 1 ? "" : " \\"}`,
    ),
    "  sleep 10 # the end of what is sent gives the seat up",
    `} | ${command([...token, "-d", "@"], "roomline.v1.RealtimeService/Connect")}`,
    ...(call.info.watchable && roomId !== ""
      ? [
          "",
          "# The events of the room for 10 s, without a seat, as JSON.",
          command(
            [
              ...token,
              ...named,
              "-max-time",
              "10",
              "-d",
              shellWord(JSON.stringify({ topic: roomId })),
            ],
            "roomline.v1.WatchService/Watch",
          ),
        ]
      : []),
    ...serviceCalls(call).flatMap(({ comment, method, request, isAdmin }) => [
      "",
      `# ${comment}`,
      command(
        [...(isAdmin ? admin : [...token, ...named]), "-d", shellWord(JSON.stringify(request))],
        method,
      ),
    ]),
    "",
  ].join("\n");
}

/** What the client says on the stream. */
function streamMessages({ clientId, join, info, input }: PlayedCall): JsonObject[] {
  const { roomType, roomId, mode, options } = join;
  const sessionId = "1";
  const hello = { protocolVersion: 1, ...(clientId !== "" && { clientId }), sdk: "grpcurl" };
  const wish = {
    ...(roomId !== "" && { roomId }),
    ...(roomType !== "" && { roomType }),
    ...(mode !== "join-or-create" && {
      mode: mode === "join" ? "JOIN_MODE_JOIN" : "JOIN_MODE_CREATE",
    }),
    ...(options !== undefined && { optionsJson: JSON.stringify(options) }),
  };
  return [
    { hello },
    { sessionId, join: wish },
    ...(input === undefined ? [] : [{ sessionId, input: inputMessage(info, input) }]),
  ];
}

function inputMessage(info: PlayedCall["info"], { kind, json, bytes }: PlayedPayload): JsonObject {
  const found = info.contract?.inputs.find(({ name }) => name === kind);
  const payload = bytes ?? new TextEncoder().encode(JSON.stringify(json));
  return {
    seq: "1",
    kind: found?.number ?? 0,
    payload: base64Encode(payload),
    ...(found !== undefined && isAnswered(found) && { wantsReply: true }),
  };
}
