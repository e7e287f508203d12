import type { GrpcLink } from "../links/grpc-link.ts";
import type { Player } from "./player.ts";

/** Somebody who only watches. */
export function watcherOn({ socket }: GrpcLink): Player {
  return {
    steer: () => undefined,
    say: () => undefined,
    stopReading: () => void socket.pause(),
    get bytesRead() {
      return socket.bytesRead;
    },
  };
}
