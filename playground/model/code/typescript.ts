import { membersTable, presenceInput } from "../../../shared/contract/presence.ts";
import { Codec } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { bracketed, scriptKey, scriptLiteral, scriptText } from "./literals.ts";
import type { PlayedCall, PlayedPayload } from "./played-call.ts";
import { targetOf } from "./target.ts";
import {
  hasPresence,
  isAnswered,
  isOwn,
  ownTables,
  usesMessages,
  type WireKind,
} from "./wire-kinds.ts";

/** The call as a module of TypeScript for Node. It needs the package roomline, and of protobuf that of its messages. */
export function typescriptCode(call: PlayedCall): string {
  const messages = usesMessages(call);
  return [
    `// npm install roomline${messages ? " @bufbuild/protobuf" : ""} tsx; save this as call.mts; npx tsx call.mts`,
    ...(messages
      ? [
          `import { base64Decode } from "@bufbuild/protobuf/wire";`,
          `import { createFileRegistry, fromBinary${sendsMessage(call) ? ", fromJson" : ""} } from "@bufbuild/protobuf";`,
          `import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";`,
        ]
      : []),
    `import { connect } from "roomline/client";`,
    `import { defineContract, json${call.info.contract?.inputs.some(isAnswered) ? ", withReply" : ""} } from "roomline/contract";`,
    "",
    ...(messages ? [...messageLines(call), ""] : []),
    ...contractLines(call),
    "",
    ...joinLines(call),
    "",
    ...listenLines(call),
    ...(call.input === undefined ? [] : ["", ...inputLines(call, call.input)]),
    "",
  ].join("\n");
}

function sendsMessage({ info, input }: PlayedCall): boolean {
  const kind = info.contract?.inputs.find(({ name }) => name === input?.kind);
  return kind?.codec === Codec.PROTOBUF;
}

/** The messages as the server describes them: what is generated from .proto files would do as well. */
function messageLines(call: PlayedCall): string[] {
  const { url } = targetOf(call.url);
  const headers = [`"content-type": "application/json"`];
  if (call.hasToken) headers.push("authorization: `Bearer ${process.env.ROOMLINE_TOKEN}`");
  return [
    "// The messages, as the server describes them. Those generated from its .proto files do as well.",
    `const described = await fetch(${scriptText(`${url}/roomline.v1.LobbyService/DescribeRoomTypes`)}, {`,
    `  method: "POST",`,
    `  headers: { ${headers.join(", ")} },`,
    `  body: JSON.stringify({ roomType: ${scriptText(call.info.roomType)} }),`,
    `});`,
    `const { roomTypes } = (await described.json()) as { roomTypes: { fileDescriptorSet: string }[] };`,
    `const files = fromBinary(FileDescriptorSetSchema, base64Decode(roomTypes[0]!.fileDescriptorSet));`,
    `const registry = createFileRegistry(files);`,
    `const message = (name: string) => registry.getMessage(name)!;`,
  ];
}

function contractLines(call: PlayedCall): string[] {
  const { name = "", inputs = [], events = [], tables = [] } = call.info.contract ?? {};
  const type = (codec: Codec, messageType: string): string =>
    codec === Codec.PROTOBUF ? `message(${scriptText(messageType)})` : "json()";
  const entry = (kind: WireKind): string => {
    const request = type(kind.codec, kind.messageType);
    return isAnswered(kind)
      ? `withReply(${request}, ${type(kind.replyCodec, kind.replyType)})`
      : request;
  };
  const section = (title: string, kinds: readonly WireKind[]): string[] => {
    const own = kinds.filter(isOwn);
    if (own.length === 0) return [];
    return [
      `  ${title}: {`,
      ...own.map((kind) => `    ${scriptKey(kind.name)}: ${entry(kind)},`),
      "  },",
    ];
  };
  return [
    "const contract = defineContract({",
    ...(name === "" ? [] : [`  name: ${scriptText(name)},`]),
    ...section("inputs", inputs),
    ...section("events", events),
    ...section("state", tables),
    ...(hasPresence(call) ? ["  presence: json(),"] : []),
    "});",
  ];
}

function joinLines({ url, clientId, hasToken, join }: PlayedCall): string[] {
  const options = [
    ...(clientId === "" ? [] : [`clientId: ${scriptText(clientId)}`]),
    ...(hasToken ? [`token: process.env.ROOMLINE_TOKEN ?? ""`] : []),
  ];
  const wish = [
    ...(join.roomType === "" ? [] : [`roomType: ${scriptText(join.roomType)}`]),
    ...(join.roomId === "" ? [] : [`roomId: ${scriptText(join.roomId)}`]),
    ...(join.mode === "join-or-create" ? [] : [`mode: ${scriptText(join.mode)}`]),
    ...(join.options === undefined ? [] : [`options: ${scriptLiteral(join.options, "  ")}`]),
  ];
  const target = scriptText(targetOf(url).forConnect);
  const where = options.length === 0 ? target : `${target}, ${bracketed("{}", options, "", " ")}`;
  return [
    `const client = await connect(${where});`,
    `const session = await client.join(contract, ${bracketed("{}", wish, "", " ")});`,
    `process.once("SIGINT", () => void client.close()); // Ctrl-C gives the seat up`,
  ];
}

function listenLines(call: PlayedCall): string[] {
  const { events = [] } = call.info.contract ?? {};
  const shown = ownTables(call).map(({ name, label }) => {
    const table = name === membersTable ? "session.members" : `session.state[${scriptText(name)}]`;
    return `  console.log(${scriptText(label)}, Object.fromEntries(${table}));`;
  });
  return [
    ...events
      .filter(isOwn)
      .map(
        ({ name }) =>
          `session.on(${scriptText(name)}, (event) => console.log(${scriptText(name)}, event));`,
      ),
    ...(shown.length === 0 ? [] : ["session.onState(() => {", ...shown, "});"]),
  ];
}

function inputLines({ info }: PlayedCall, { kind, json }: PlayedPayload): string[] {
  const value = scriptLiteral(json);
  if (kind === presenceInput) return [`await session.setPresence(${value});`];
  const found = info.contract?.inputs.find((input) => input.name === kind);
  const payload =
    found?.codec === Codec.PROTOBUF
      ? `fromJson(message(${scriptText(found.messageType)}), ${value})`
      : value;
  const name = scriptText(kind);
  return found !== undefined && isAnswered(found)
    ? [`console.log("reply", await session.request(${name}, ${payload}));`]
    : [`await session.send(${name}, ${payload});`];
}
