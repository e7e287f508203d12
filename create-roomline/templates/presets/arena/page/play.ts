import type { Session } from "roomline/client";
import type { arena } from "../contract.ts";
import { stepsHz } from "../field.ts";
import { Interpolation } from "./interpolation.ts";
import { Picture, type ShownShip } from "./picture.ts";
import { Prediction } from "./prediction.ts";
import { listenToHands } from "./steering.ts";

const stepMs = 1_000 / stepsHz;

/** Plays on a canvas: steers the own ship, foretells it, paints all that is there. Returns what ends that. */
export function play(canvas: HTMLCanvasElement, session: Session<typeof arena>): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const picture = new Picture(canvas, signal);
  const hands = listenToHands(canvas, (event) => picture.placeAt(event), signal);
  const me = session.playerId;
  const others = new Interpolation();
  const own = new Prediction();
  /** Steps are of one length, whatever the screen paints. */
  let steppedMs = performance.now();

  const stopState = session.onState(({ tick }) => {
    others.push(tick * stepMs, performance.now(), new Map(session.state.ships));
    const mine = session.state.ships.get(me);
    if (mine !== undefined) own.confirm(mine);
  });
  // The server was started anew, and so was the game.
  const stopRejoin = session.onRejoin(() => own.reset());
  requestAnimationFrame(paint);
  return () => {
    ending.abort();
    stopState();
    stopRejoin();
  };

  function step(nowMs: number): void {
    // A page that was not seen for a while does not make up for it.
    if (nowMs - steppedMs > 5 * stepMs) steppedMs = nowMs - stepMs;
    for (; nowMs - steppedMs >= stepMs; steppedMs += stepMs) {
      const { place } = own;
      // While the connection is lost the ship stands: it would only seem to fly.
      if (place === undefined || session.status !== "active") continue;
      const move = own.step(hands.direction(place));
      if (move !== undefined) session.send("move", move).catch(console.warn);
    }
  }

  function paint(nowMs: number): void {
    if (signal.aborted) return;
    step(nowMs);
    const ships: ShownShip[] = [];
    for (const [name, { x, y }] of others.at(nowMs))
      if (name !== me && session.state.ships.has(name)) ships.push({ name, x, y, isMine: false });
    const mine = own.at((nowMs - steppedMs) / stepMs);
    if (mine !== undefined) ships.push({ name: me, ...mine, isMine: true });
    picture.paint(ships, session.state.coins.values());
    requestAnimationFrame(paint);
  }
}
