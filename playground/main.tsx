// The playground: wires what it is made of.
import { render } from "preact";
import { applyTheme, currentTheme } from "../pages/theme.ts";
import { createTokenStore } from "../pages/token-store.ts";
import { createSystemClock } from "../shared/clock.ts";
import { keepAddress } from "./session/keep-address.ts";
import { startPlayground } from "./session/playground.ts";
import { playerStorage, tabWord } from "./session/tab-storage.ts";
import { App } from "./ui/app.tsx";
import "./style/main.css";

/** Where the page is served from, without its last folder: the server is there, also behind a path of a proxy. */
const target = new URL("..", location.href).href;
const storage = (): Storage => sessionStorage;
const playground = startPlayground({
  target,
  tab: tabWord(storage),
  token: createTokenStore(storage),
  clock: createSystemClock(),
  schedule: (run) => void requestAnimationFrame(run),
  persistOf: (name) => playerStorage(storage, name),
});
keepAddress(playground, {
  hash: () => location.hash,
  replace: (hash) => history.replaceState(null, "", hash === "" ? location.pathname : hash),
  onHash: (callback) => window.addEventListener("hashchange", callback),
});

applyTheme(currentTheme());
const root = document.getElementById("app");
if (root !== null) render(<App playground={playground} />, root);
