// What a reader, a seat and a caller see at the edges: in the turn something begins or ends, and while a link is lost.
import { describeFeedContract } from "./contract.ts";
import { acrossLink, atHome } from "./rooms-on-trial.ts";

describeFeedContract("rooms at home", atHome);
describeFeedContract("rooms across a link", () => acrossLink({ latencyMs: 20 }));
describeFeedContract("rooms across a link that is lost in the middle", () =>
  acrossLink({ latencyMs: 20, isCut: true }),
);
