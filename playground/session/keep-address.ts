import { hashOf, linkedBy } from "./address.ts";
import type { Playground } from "./playground.ts";

/** What is used of the browser's window. */
interface AddressBar {
  readonly hash: () => string;
  readonly replace: (hash: string) => void;
  readonly onHash: (callback: () => void) => void;
}

/**
 * The page is what its address says, and its address says what the page is: it can be shared, and survives a reload. Follows the address
 * once, and whenever somebody changes it.
 */
export function keepAddress(playground: Playground, bar: AddressBar): void {
  let written = bar.hash();
  const write = (): void => {
    const hash = hashOf(playground.linked());
    if (hash === written) return;
    written = hash;
    bar.replace(hash);
  };
  const endOf = new Map<object, () => void>();
  const followPlayers = (): void => {
    const players = new Set<object>(playground.players.get());
    for (const [player, end] of endOf) {
      if (players.has(player)) continue;
      end();
      endOf.delete(player);
    }
    for (const player of playground.players.get())
      if (!endOf.has(player)) endOf.set(player, player.view.subscribe(write));
    write();
  };
  playground.follow(linkedBy(written));
  playground.wish.subscribe(write);
  playground.players.subscribe(followPlayers);
  followPlayers();
  bar.onHash(() => {
    if (bar.hash() === written) return;
    written = bar.hash();
    playground.follow(linkedBy(written));
  });
}
