import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Store } from "../../pages/store.ts";
import type { Player } from "../session/player.ts";
import type { Playground } from "../session/playground.ts";

/** What one of the players is about to send. */
export interface CallOnScreen {
  readonly player: Player;
  /** Undefined: its room takes no inputs. */
  readonly input: { readonly kind: string; readonly json: JsonValue } | undefined;
}

/** What every part of the page can reach. */
export interface Page {
  readonly playground: Playground;
  /** Tells the outcome of something for a few seconds. */
  readonly report: (text: string) => void;
  /** The call that is shown as code. */
  readonly call: Store<CallOnScreen | undefined>;
}

export const PageContext = createContext<Page | undefined>(undefined);

/** @throws Error outside of the page */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("This is not inside the page.");
  return page;
}
