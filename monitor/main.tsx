// The monitor page: wires what it is made of.
import { render } from "preact";
import { createSystemClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import { createAdminClient } from "./feed/admin-client.ts";
import { startMonitor } from "./feed/monitor.ts";
import { createTokenStore } from "../pages/token-store.ts";
import { App } from "./ui/app.tsx";
import { applyTheme, currentTheme } from "../pages/theme.ts";
import "./style/main.css";

/** Where the page is served from, without its last folder: the services are beside it, also behind a path of a proxy. */
const baseUrl = new URL("..", location.href).href;
const token = createTokenStore(() => sessionStorage);
const monitor = startMonitor({
  admin: createAdminClient(baseUrl, () => token.get()),
  token,
  clock: createSystemClock(),
  random: systemRandom,
  schedule: (run) => void requestAnimationFrame(run),
});
document.addEventListener("visibilitychange", () => monitor.setHidden(document.hidden));
monitor.setHidden(document.hidden);

applyTheme(currentTheme());
const root = document.getElementById("app");
if (root !== null) render(<App monitor={monitor} />, root);
