import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  create,
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescFile,
  type FileRegistry,
  type JsonValue,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { Client, credentials } from "@grpc/grpc-js";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  type ServerReflectionResponse,
} from "../../shared/gen/grpc/reflection/v1/reflection_pb.ts";
import { DescriptorIndex } from "../../server/services/reflection/descriptor-index.ts";
import { createServer } from "../../server/index.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { createEchoRoom } from "../engine/rooms.ts";

type Asked = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]>;

const asIs = (bytes: Buffer): Buffer => bytes;

/** A client that knows nothing but the reflection service. */
class Explorer {
  readonly channel: Client;

  constructor(test: TestContext, address: string) {
    this.channel = new Client(address, credentials.createInsecure());
    test.after(() => this.channel.close());
  }

  /** Asks these, on one stream. */
  ask(asked: readonly Asked[], version = "v1"): Promise<ServerReflectionResponse[]> {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const decode = (bytes: Buffer) => fromBinary(ServerReflectionResponseSchema, bytes);
    const stream = this.channel.makeBidiStreamRequest(path, asIs, decode);
    const answers: ServerReflectionResponse[] = [];
    for (const messageRequest of asked) {
      const request = create(ServerReflectionRequestSchema, { host: "here", messageRequest });
      stream.write(Buffer.from(toBinary(ServerReflectionRequestSchema, request)));
    }
    stream.end();
    return new Promise((resolve, reject) => {
      stream.on("data", (answer: ServerReflectionResponse) => answers.push(answer));
      stream.on("error", reject);
      stream.on("end", () => resolve(answers));
    });
  }

  /** All that is needed to call a service. */
  async discover(service: string): Promise<FileRegistry> {
    const [answer] = await this.ask([{ case: "fileContainingSymbol", value: service }]);
    const files = filesOf(answer);
    assert.ok(files.length > 0, service);
    // What is imported comes after what imports it, and a set has it before.
    return createFileRegistry(create(FileDescriptorSetSchema, { file: files.reverse() }));
  }

  /** Calls a unary method as JSON, by what was discovered. */
  async call(service: string, method: string, request: JsonValue): Promise<JsonValue> {
    const descriptor = (await this.discover(service)).getService(service);
    const found = descriptor?.methods.find(({ name }) => name === method);
    assert.ok(found !== undefined, `${service}/${method}`);
    const bytes = Buffer.from(toBinary(found.input, fromJson(found.input, request)));
    return new Promise((resolve, reject) => {
      this.channel.makeUnaryRequest(`/${service}/${method}`, asIs, asIs, bytes, (error, answer) => {
        if (error !== null) reject(error);
        else resolve(toJson(found.output, fromBinary(found.output, answer ?? Buffer.of())));
      });
    });
  }
}

function filesOf(answer: ServerReflectionResponse | undefined): FileDescriptorProto[] {
  const response = answer?.messageResponse;
  assert.equal(response?.case, "fileDescriptorResponse");
  return response.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

async function explore(test: TestContext): Promise<Explorer> {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { echo: createEchoRoom() },
  });
  test.after(() => server.close());
  return new Explorer(test, server.address);
}

const services = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "roomline.v1.LobbyService",
  "roomline.v1.RealtimeService",
  "roomline.v1.WatchService",
];

describe("server reflection", () => {
  for (const version of ["v1", "v1alpha"]) {
    it(`RF-1: ${version} lists every service, and describes each with all it imports`, async (test) => {
      const explorer = await explore(test);
      const [list] = await explorer.ask([{ case: "listServices", value: "" }], version);
      const response = list?.messageResponse;
      assert.equal(response?.case, "listServicesResponse");
      assert.equal(list?.validHost, "here");
      const names = response.value.service.map(({ name }) => name);
      for (const name of services) assert.ok(names.includes(name), name);
      for (const name of names) {
        const found = await explorer.discover(name);
        assert.ok(found.getService(name) !== undefined, name);
      }
    });
  }

  it("RF-1: a client that knows nothing but reflection calls Health and the lobby", async (test) => {
    const explorer = await explore(test);
    const health = "grpc.health.v1.Health";
    assert.deepEqual(await explorer.call(health, "Check", {}), { status: "SERVING" });
    const statuses = await explorer.call(health, "List", {});
    assert.match(JSON.stringify(statuses), /"roomline\.v1\.LobbyService":\{"status":"SERVING"\}/);
    const lobby = "roomline.v1.LobbyService";
    const wanted = { roomType: "echo", roomId: "a", options: { map: "hills" } };
    await explorer.call(lobby, "CreateRoom", wanted);
    const listed = await explorer.call(lobby, "ListRooms", { filter: { joinable: true } });
    assert.match(JSON.stringify(listed), /"roomId":"a".*"playersMax":100/);
    await assert.rejects(explorer.call(lobby, "CreateRoom", wanted), /ALREADY_EXISTS/);
  });

  it("RF-1: files by name and by any symbol; a file comes once a stream as a dependency", async (test) => {
    const explorer = await explore(test);
    const symbol = (value: string): Asked => ({ case: "fileContainingSymbol", value });
    const symbols = [
      "roomline.v1.LobbyService.ListRooms",
      "roomline.v1.RoomInfo",
      "roomline.v1.RoomInfo.metadata",
      "roomline.v1.LobbyService",
    ];
    const answers = await explorer.ask([
      { case: "fileByFilename", value: "roomline/v1/lobby.proto" },
      ...symbols.map(symbol),
      symbol("roomline.v1.WATCH_START_LIVE"),
    ]);
    const names = answers.map((answer) => filesOf(answer).map(({ name }) => name));
    const [file = [], ...others] = names;
    assert.equal(file[0], "roomline/v1/lobby.proto");
    assert.deepEqual([...file].sort(), [
      "google/protobuf/struct.proto",
      "roomline/v1/lobby.proto",
      "roomline/v1/realtime.proto",
    ]);
    assert.deepEqual(others, [
      ...symbols.map(() => ["roomline/v1/lobby.proto"]),
      ["roomline/v1/watch.proto"],
    ]);
  });

  it("RF-1: what is not there is an error of its own, and the stream goes on", async (test) => {
    const explorer = await explore(test);
    const extension = { containingType: "roomline.v1.RoomInfo", extensionNumber: 100 };
    const answers = await explorer.ask([
      { case: "fileByFilename", value: "nope.proto" },
      { case: "fileContainingSymbol", value: "roomline.v1.Nope" },
      { case: "fileContainingExtension", value: extension },
      { case: "allExtensionNumbersOfType", value: "roomline.v1.Nope" },
      { case: undefined },
      { case: "allExtensionNumbersOfType", value: "roomline.v1.RoomInfo" },
    ]);
    const codes = answers.map(({ messageResponse: { case: kind, value } }) =>
      kind === "errorResponse" ? value.errorCode : kind,
    );
    assert.deepEqual(codes, [5, 5, 5, 5, 3, "allExtensionNumbersResponse"]);
    assert.deepEqual(answers[0]?.originalRequest?.messageRequest.value, "nope.proto");
  });

  it("extensions, nested types and enum values are found", () => {
    const label = FieldDescriptorProto_Label.OPTIONAL;
    const type = FieldDescriptorProto_Type.STRING;
    const options = create(FileDescriptorProtoSchema, {
      name: "extended.proto",
      package: "test",
      syntax: "proto2",
      messageType: [
        {
          name: "Outer",
          extensionRange: [{ start: 100, end: 200 }],
          nestedType: [{ name: "Inner" }],
          enumType: [{ name: "Shade", value: [{ name: "DARK", number: 0 }] }],
        },
      ],
      extension: [
        { name: "b", number: 101, label, type, extendee: ".test.Outer" },
        { name: "a", number: 100, label, type, extendee: ".test.Outer" },
      ],
    });
    const registry = createFileRegistry(options, () => undefined);
    const file = registry.getFile("extended.proto") as DescFile;
    const index = new DescriptorIndex([file, EveryTypeSchema.file]);
    assert.deepEqual(index.extensionNumbers("test.Outer"), [100, 101]);
    assert.equal(index.fileOfExtension("test.Outer", 101), file);
    for (const symbol of ["test.a", "test.Outer.Inner", "test.Outer.Shade", "test.Outer.DARK"]) {
      assert.equal(index.fileOf(symbol), file, symbol);
    }
    assert.equal(index.fileOf("test.Outer.LIGHT"), undefined);
  });
});
