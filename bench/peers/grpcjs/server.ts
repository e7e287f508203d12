import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { loopback } from "../../links/link.ts";
import { realtimePath } from "../../../shared/transport/grpc-names.ts";
import { PlainWorld } from "../plain/world.ts";
import type { ServerPlan } from "../player.ts";

const asIs = (bytes: Buffer): Buffer => bytes;

/** A bare `@grpc/grpc-js` server: one bidirectional call per player, messages that are bytes already. */
export function startServer(plan: ServerPlan): Promise<number> {
  const world = new PlainWorld(0, plan);
  const server = new Server({ "grpc.enable_channelz": 0 });
  const definition = {
    path: realtimePath,
    requestStream: true,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  server.addService(
    { connect: definition },
    {
      connect(call: ServerDuplexStream<Buffer, Buffer>) {
        const client = world.connect((message) => call.write(message));
        call.on("data", (message: Buffer) => client.onMessage(message));
        call.on("close", () => client.leave());
        call.on("cancelled", () => client.leave());
        call.on("end", () => call.end());
        call.on("error", () => undefined);
      },
    },
  );
  world.run();
  return new Promise((resolve, reject) => {
    server.bindAsync(`${loopback}:0`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
