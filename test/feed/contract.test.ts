// Rooms are at home, also as ever other instances, at another node, and there with a link that is lost in the middle of each case.
import { describeFeedContract } from "./contract.ts";
import { acrossLink, atHome } from "./rooms-on-trial.ts";

describeFeedContract("rooms at home", () => atHome());
describeFeedContract("rooms at home that move", () => atHome({ isMoved: true }));
describeFeedContract("rooms across a link", () => acrossLink({ latencyMs: 20 }));
describeFeedContract("rooms across a link that is lost in the middle", () =>
  acrossLink({ latencyMs: 20, isCut: true }),
);
describeFeedContract("rooms across a link that move and lose it in the middle", () =>
  acrossLink({ latencyMs: 20, isCut: true, isMoved: true }),
);
