import type { Link } from "../../pages/link.ts";
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
      <LinkState link={link} />
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
        <button
          type="button"
          class="ghost"
          onClick={onTheme}
          aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
          title="Light or dark (t)"
        >
          {theme === "dark" ? "☀" : "☾"}
        </button>
      </div>
    </header>
  );
}

/** Pages that came in clear text from another machine have none. */
const hasClipboard = (navigator.clipboard as Clipboard | undefined) !== undefined;

function LinkState({ link }: { link: Link }) {
  const { playground } = usePage();
  switch (link.status) {
    case "live":
      return (
        <span class="link live" role="status" title="The server tells this page what rooms it has.">
          <i /> live
        </span>
      );
    case "connecting":
      return (
        <span class="link" role="status">
          <i /> connecting
        </span>
      );
    case "retrying":
      return (
        <span class="link lost" role="status" title={link.message}>
          <i /> reconnecting
          <button type="button" class="link-button" onClick={() => playground.server.restart()}>
            now
          </button>
        </span>
      );
    case "token-wanted":
    case "refused":
      return (
        <span class="link lost" role="status">
          <i /> no access
        </span>
      );
  }
}
