import { Server, ServerCredentials, type ServerWritableStream } from "@grpc/grpc-js";
import { loopback } from "../../links/link.ts";
import { startPublishing } from "../../workloads/publishing.ts";
import type { ServerPlan } from "../player.ts";

/** The path of the one call. */
export const watchPath = "/bench.Watch/Watch";

const asIs = (bytes: Buffer): Buffer => bytes;

/** A bare `@grpc/grpc-js` server with one server-streaming call: every event is encoded once and written to every call. */
export function startServer(plan: ServerPlan): Promise<number> {
  const calls = new Set<ServerWritableStream<Buffer, Buffer>>();
  const server = new Server({ "grpc.enable_channelz": 0 });
  const definition = {
    path: watchPath,
    requestStream: false,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  server.addService(
    { watch: definition },
    {
      watch(call: ServerWritableStream<Buffer, Buffer>) {
        calls.add(call);
        call.on("cancelled", () => calls.delete(call));
        call.on("error", () => undefined);
        // The first message says that the watch has begun.
        call.write(Buffer.alloc(0));
      },
    },
  );
  startPublishing(plan, (text) => {
    const event = Buffer.from(text, "latin1");
    for (const call of calls) call.write(event);
  });
  return new Promise((resolve, reject) => {
    server.bindAsync(`${loopback}:0`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
