import { LinkState } from "../../pages/link-state.tsx";
import type { Link } from "../../pages/link.ts";
import { ThemeButton } from "../../pages/theme-button.tsx";
import type { Theme } from "../../pages/theme.ts";
import { useStore } from "../../pages/use-store.ts";
import { playersMax } from "../session/address.ts";
import { usePage } from "./context.ts";

interface HeaderProps {
  readonly link: Link;
  readonly theme: Theme;
  readonly onTheme: () => void;
}

/** Where one is, and what concerns all players. */
export function Header({ link, theme, onTheme }: HeaderProps) {
  const { playground, report } = usePage();
  const players = useStore(playground.players);
  const wish = useStore(playground.wish);
  const share = async (): Promise<void> => {
    await navigator.clipboard.writeText(location.href);
    report("The link is in the clipboard: it has the room, the players and their networks.");
  };
  return (
    <header class="top">
      <div class="brand">
        <img src="icon.svg" width="22" height="22" alt="" />
        <h1>
          Roomline <span class="quiet">playground</span>
        </h1>
      </div>
      <LinkState
        link={link}
        live="The server tells this page what rooms it has."
        clock={playground.clock}
        onRetry={() => playground.server.restart()}
      />
      <div class="top-actions">
        {wish !== undefined && (
          <>
            <button
              type="button"
              disabled={players.length >= playersMax}
              title="One more player in this room (a)"
              onClick={() => playground.addPlayer()}
            >
              + Player
            </button>
            {hasClipboard && (
              <button type="button" onClick={() => void share()}>
                Copy link
              </button>
            )}
          </>
        )}
        <a class="top-link" href="../monitor/">
          Monitor
        </a>
        <ThemeButton theme={theme} onTheme={onTheme} />
      </div>
    </header>
  );
}

/** Pages that came in clear text from another machine have none. */
const hasClipboard = (navigator.clipboard as Clipboard | undefined) !== undefined;
