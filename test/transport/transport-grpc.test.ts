import { createGrpcDialer } from "../../client/transport/grpc-dialer.ts";
import { createPortNetwork } from "./port-network.ts";
import { transportContract } from "./transport-contract.ts";

transportContract({
  name: "gRPC",
  clientReasonsTravel: false,
  breaksReachPausedClients: true,
  createNetwork: () =>
    createPortNetwork(({ port, clock, lingerMs }) =>
      createGrpcDialer({ target: `127.0.0.1:${port}`, clock, lingerMs }),
    ),
});
