import { presenceInput } from "../../../shared/contract/presence.ts";
import { Codec } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { bracketed, pythonLiteral, pythonText } from "./literals.ts";
import type { PlayedCall, PlayedPayload } from "./played-call.ts";
import { targetOf } from "./target.ts";
import { isAnswered, ownTables, usesMessages } from "./wire-kinds.ts";

/**
 * The call in Python: with grpcio, what is generated from the .proto files, and the client that lies beside the examples of the
 * package.
 */
export function pythonCode(call: PlayedCall): string {
  const { input, join, hasToken } = call;
  const target = targetOf(call.url);
  const messages = usesMessages(call);
  const parses = input !== undefined && kindOf(call, input)?.codec === Codec.PROTOBUF;
  const usesJson = join.options !== undefined;
  const usesWire = join.mode !== "join-or-create";
  const imports = [
    [...(usesJson ? ["import json"] : []), ...(hasToken ? ["import os"] : [])],
    [
      ...(target.isTls ? ["import grpc"] : []),
      ...(messages ? ["from google.protobuf import descriptor_pb2, descriptor_pool"] : []),
      ...(parses ? ["from google.protobuf.json_format import ParseDict"] : []),
      ...(messages ? ["from roomline.v1 import lobby_pb2, lobby_pb2_grpc"] : []),
      ...(usesWire ? ["from roomline.v1 import realtime_pb2 as wire"] : []),
    ],
    ["from connection import Player", ...(parses ? ["from state import message_class"] : [])],
  ];
  return [
    ...howToRun,
    // A blank line between groups, as Python has it.
    ...imports.flatMap((lines) => (lines.length === 0 ? [] : [...lines, ""])),
    `player = Player(${playerArguments(call).join(", ")})`,
    "player.connect()",
    ...(messages ? ["", ...messageLines(call)] : []),
    "",
    `session = player.join${bracketed("()", joinArguments(call), "")}`,
    ...(input === undefined ? [] : inputLines(call, input)),
    "",
    ...listenLines(call),
    "",
  ].join("\n");
}

const howToRun = [
  "# Where the package roomline is installed (npm install roomline), save this as call.py, and:",
  "#   pip install grpcio grpcio-tools && mkdir -p gen",
  "#   python -m grpc_tools.protoc -I node_modules/roomline/proto --python_out=gen --grpc_python_out=gen \\",
  "#     roomline/v1/realtime.proto roomline/v1/lobby.proto",
  "#   PYTHONPATH=gen:node_modules/roomline/examples/bots/python python call.py",
];

function kindOf({ info }: PlayedCall, { kind }: PlayedPayload) {
  return info.contract?.inputs.find(({ name }) => name === kind);
}

function playerArguments({ url, clientId, hasToken }: PlayedCall): string[] {
  const { hostAndPort, isTls } = targetOf(url);
  return [
    pythonText(hostAndPort),
    pythonText(clientId),
    ...(hasToken ? [`token=os.environ["ROOMLINE_TOKEN"]`] : []),
    ...(isTls ? ["credentials=grpc.ssl_channel_credentials()"] : []),
  ];
}

/** The messages of the contract, as the server describes them; what is known already stays as it is. */
function messageLines({ info, hasToken }: PlayedCall): string[] {
  const metadata = hasToken ? ", metadata=player.metadata" : "";
  return [
    "lobby = lobby_pb2_grpc.LobbyServiceStub(player.channel)",
    `request = lobby_pb2.DescribeRoomTypesRequest(room_type=${pythonText(info.roomType)})`,
    `described = lobby.DescribeRoomTypes(request${metadata}).room_types[0]`,
    "for file in descriptor_pb2.FileDescriptorSet.FromString(described.file_descriptor_set).file:",
    "    try:",
    "        descriptor_pool.Default().FindFileByName(file.name)",
    "    except KeyError:",
    "        descriptor_pool.Default().AddSerializedFile(file.SerializeToString())",
  ];
}

function joinArguments({ join }: PlayedCall): string[] {
  const { roomType, roomId, mode, options } = join;
  return [
    `"1"`,
    ...(roomType === "" ? [] : [`room_type=${pythonText(roomType)}`]),
    ...(roomId === "" ? [] : [`room_id=${pythonText(roomId)}`]),
    ...(mode === "join-or-create"
      ? []
      : [`mode=wire.JOIN_MODE_${mode === "join" ? "JOIN" : "CREATE"}`]),
    ...(options === undefined ? [] : [`options_json=json.dumps(${pythonLiteral(options, "  ")})`]),
  ];
}

function inputLines(call: PlayedCall, input: PlayedPayload): string[] {
  const kind = kindOf(call, input);
  const value = pythonLiteral(input.json);
  const payload =
    kind?.codec === Codec.PROTOBUF
      ? `ParseDict(${value}, message_class(${pythonText(kind.messageType)})())`
      : value;
  const isRequest = kind !== undefined && isAnswered(kind) && input.kind !== presenceInput;
  const sent = `session.input(${pythonText(input.kind)}, ${payload}${isRequest ? ", wants_reply=True" : ""})`;
  return [
    "",
    `player.send(${sent})`,
    ...(isRequest
      ? [
          `player.run(10, until=lambda: session.replies)`,
          `print("reply", session.replies[1], flush=True)`,
        ]
      : []),
  ];
}

function listenLines(call: PlayedCall): string[] {
  const tables = ownTables(call);
  return [
    "seen = tick = 0",
    "while player.ended is None:  # Ctrl-C ends it",
    "    player.run(0.1)",
    "    for cursor, kind, event, sender in session.events[seen:]:",
    "        print(kind, event, flush=True)",
    "    seen = len(session.events)",
    ...(tables.length === 0
      ? []
      : [
          "    if session.tables.tick != tick:",
          "        tick = session.tables.tick",
          ...tables.map(
            ({ name, label }) =>
              `        print(${pythonText(label)}, session.tables.get(${pythonText(name)}), flush=True)`,
          ),
        ]),
  ];
}
