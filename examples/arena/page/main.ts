// The arena in a browser: what a game does with Roomline, and what a bad network does to it.
import { createRateMeter } from "../../rate-meter.ts";
import { showSiteHeader } from "../../start/page/site-header.ts";
import { fieldSize } from "../field.ts";
import { viewOf } from "./camera.ts";
import { hueOf, shipColor } from "./colors.ts";
import { takeSeat, type ArenaSeat } from "./connection.ts";
import { Flight } from "./flight.ts";
import { showStandings } from "./leaderboard.ts";
import { createNotice } from "./notice.ts";
import { showNumbers } from "./numbers.ts";
import { PingGraph } from "./ping-graph.ts";
import { Scene } from "./scene.ts";
import { Sparks } from "./sparks.ts";
import { standings } from "./standings.ts";
import { listenToHands } from "./steering.ts";
import { Trails } from "./trails.ts";
import { offerTrouble } from "./trouble.ts";

const numbersIntervalMs = 250;
const graphIntervalMs = 1_000;

/** An element of this page's HTML. */
function element<Kind extends Element>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${selector}.`);
}

/** How much of the canvas the buttons cover, when they are below the field and not beside it. */
function coveredBelow(canvas: HTMLCanvasElement): number {
  const [field, buttons] = [canvas, element(".controls", HTMLElement)].map((part) =>
    part.getBoundingClientRect(),
  );
  if (field === undefined || buttons === undefined) return 0;
  const isBeside = buttons.right < field.left + field.width / 3;
  return isBeside ? 0 : field.bottom - buttons.top;
}

/** Paints a picture for each frame of the screen. */
function startPainting(seat: ArenaSeat, flight: Flight): { readonly frames: () => number } {
  const canvas = element("#field", HTMLCanvasElement);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser cannot draw on a canvas.");
  const scene = new Scene(context);
  const [trails, sparks, frames] = [new Trails(), new Sparks(), createRateMeter(1_000)];
  const hands = listenToHands(canvas, () => element(".hint", HTMLElement).classList.add("known"));
  const [space, ratio] = [{ width: 0, height: 0, coveredBelow: 0 }, Math.min(2, devicePixelRatio)];
  new ResizeObserver(() => {
    space.width = canvas.clientWidth;
    space.height = canvas.clientHeight;
    space.coveredBelow = coveredBelow(canvas);
    canvas.width = Math.round(space.width * ratio);
    canvas.height = Math.round(space.height * ratio);
  }).observe(canvas);

  let focus = { x: fieldSize / 2, y: fieldSize / 2 };
  const paint = (nowMs: number): void => {
    const ships = flight.ships(nowMs);
    focus = ships.at(-1)?.isOwn === true ? (ships.at(-1)?.pose ?? focus) : focus;
    const view = viewOf(space, focus);
    const shipAt = { x: view.left + focus.x * view.scale, y: view.top + focus.y * view.scale };
    flight.steer(hands.direction(shipAt));
    flight.send(nowMs);
    trails.note(ships, nowMs);
    const coins = flight.coins(nowMs);
    const isStill = seat.session.status !== "active";
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    scene.paint({ view, ...space, ships, coins, trails, sparks, isStill }, nowMs);
    frames.add(1, nowMs);
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
  // A page in the background paints nothing, but a ship that nobody steers any more has to be told to stop.
  addEventListener("blur", () => {
    flight.steer({ dx: 0, dy: 0 });
    flight.send(performance.now());
  });

  seat.session.on("scored", ({ player, value }, { replayed }) => {
    if (replayed) return;
    const isOwn = player === seat.session.playerId;
    // The others are shown a little ago, and so is what they collect.
    const burst = (): void => {
      const nowMs = performance.now();
      const ship = flight.ships(nowMs).find(({ id }) => id === player);
      if (ship === undefined) return;
      const color = isOwn ? "#ffd9c4" : shipColor(hueOf(ship.name));
      sparks.burst(ship.pose, { value, color, nowMs });
    };
    if (isOwn) burst();
    else setTimeout(burst, flight.behindMs);
  });
  return { frames: () => frames.perSecond(performance.now()) };
}

/** Keeps the leaderboard, the numbers and the graph up to date. */
function startTelling(seat: ArenaSeat, flight: Flight, painting: { frames(): number }): void {
  const { client, session, network } = seat;
  const panel = element("#numbers", HTMLDetailsElement);
  const graph = new PingGraph(element("#graph", HTMLCanvasElement));
  const [updates, bytesIn, bytesOut] = [createRateMeter(), createRateMeter(), createRateMeter()];
  let tick = 0;
  let before = { ...network.traffic };
  session.onState((state) => {
    tick = state.tick;
    updates.add(1, performance.now());
  });
  const tell = (): void => {
    const nowMs = performance.now();
    const { bytesIn: inNow, bytesOut: outNow } = network.traffic;
    bytesIn.add(inNow - before.bytesIn, nowMs);
    bytesOut.add(outNow - before.bytesOut, nowMs);
    before = { bytesIn: inNow, bytesOut: outNow };
    showNumbers(panel, {
      rtt: client.state === "live" ? client.rttMs : undefined,
      updates: updates.perSecond(nowMs),
      behind: flight.behindMs,
      tick,
      in: bytesIn.perSecond(nowMs) / 1_000,
      out: bytesOut.perSecond(nowMs) / 1_000,
      cursor: session.position.cursor,
      waiting: session.pendingInputs,
      frames: painting.frames(),
    });
    const { status, playerId } = session;
    element("#state", HTMLElement).textContent =
      client.state === "resuming" ? "coming back" : status;
    element("#light", HTMLElement).className = `dot ${lights[status]}`;
    const list = element("#leaders", HTMLElement);
    showStandings(list, standings(session.state.players, playerId), playerId);
  };
  tell();
  setInterval(tell, numbersIntervalMs);
  setInterval(() => graph.add(client.state === "live" ? client.rttMs : undefined), graphIntervalMs);
}

const lights = { joining: "", active: "good", paused: "warn", detached: "bad", closed: "bad" };

showSiteHeader("arena");
if (matchMedia("(max-width: 700px)").matches) element("#numbers", HTMLDetailsElement).open = false;
const notice = createNotice(element("#notice", HTMLElement));
const waiting = setTimeout(() => notice.show("No server answers; still trying.", "warn"), 2_000);
const name =
  new URLSearchParams(location.search).get("name") ??
  `Pilot ${crypto.getRandomValues(new Uint8Array(1)).join()}`;
const seat = await takeSeat(name);
clearTimeout(waiting);
notice.hide();
const flight = new Flight(seat.client, seat.session);
startTelling(seat, flight, startPainting(seat, flight));
offerTrouble(seat, notice);
seat.session.onClose(({ reason }) =>
  notice.show(`The seat is gone: ${reason.name}. Reload to play on.`, "bad"),
);
// To look at and to play with in the console.
Object.assign(globalThis, { arena: { ...seat, ships: () => flight.ships(performance.now()) } });
