import { useEffect, useMemo, useState } from "preact/hooks";
import { useReports } from "../../pages/reports.tsx";
import { createStore } from "../../pages/store.ts";
import { useKeys } from "../../pages/use-keys.ts";
import { useStore } from "../../pages/use-store.ts";
import { useTheme } from "../../pages/use-theme.ts";
import type { Player } from "../session/player.ts";
import type { Playground } from "../session/playground.ts";
import { Access } from "./access.tsx";
import { CodePanel } from "./code-panel.tsx";
import { PageContext, usePage, type CallOnScreen, type Page } from "./context.ts";
import { Header } from "./header.tsx";
import { PlayerColumn } from "./player-column.tsx";
import { PlayerTabs } from "./player-tabs.tsx";
import { RoomChoice } from "./room-choice.tsx";
import { TypeCards } from "./type-cards.tsx";

/** The page. */
export function App({ playground }: { playground: Playground }) {
  const { server } = playground;
  const { reports, report } = useReports(playground.clock);
  const [theme, toggleTheme] = useTheme();
  const link = useStore(server.link);
  const types = useStore(server.types);
  const page = useMemo<Page>(
    () => ({
      playground,
      report,
      call: createStore<CallOnScreen | undefined>(undefined, (run) => playground.clock.defer(run)),
    }),
    [playground, report],
  );
  useKeys({ t: toggleTheme, a: () => playground.addPlayer() });
  useTitle(playground);
  const isOpen = types !== undefined && link.status !== "token-wanted" && link.status !== "refused";
  return (
    <PageContext.Provider value={page}>
      <Header {...{ link, theme }} onTheme={toggleTheme} />
      {isOpen ? (
        <div class="ground">
          <RoomChoice types={types} />
          <Players />
        </div>
      ) : (
        <main>
          <Access link={link} />
        </main>
      )}
      {reports}
    </PageContext.Provider>
  );
}

/** All players side by side; on a narrow screen the chosen one. */
function Players() {
  const { playground } = usePage();
  const players = useStore(playground.players);
  const [chosen, setChosen] = useState<Player | undefined>(undefined);
  const shown = players.includes(chosen as Player) ? chosen : players[0];
  return (
    <main class="stage">
      <Trouble />
      {shown === undefined ? (
        <TypeCards />
      ) : (
        <>
          <PlayerTabs players={players} chosen={shown} onChoose={setChosen} />
          <div class="columns" data-count={players.length}>
            {players.map((player, index) => (
              <PlayerColumn
                key={player.number}
                player={player}
                index={index}
                isChosen={player === shown}
              />
            ))}
          </div>
          <CodePanel players={players} />
        </>
      )}
    </main>
  );
}

/** What stands in the way of all players. */
function Trouble() {
  const { playground } = usePage();
  const link = useStore(playground.server.link);
  const problem = useStore(playground.problem);
  const unreadable = useStore(playground.server.unreadable);
  const lost = link.status === "retrying" ? `${link.message} This page comes back by itself.` : "";
  return (
    <>
      {[lost, problem, ...unreadable]
        .filter((text) => text !== "")
        .map((text) => (
          <p key={text} class="failure" role="alert">
            {text}
          </p>
        ))}
    </>
  );
}

/** Names the tab after the room. */
function useTitle(playground: Playground): void {
  const wish = useStore(playground.wish);
  const room = wish === undefined ? "" : wish.roomId || wish.roomType;
  useEffect(() => {
    document.title = room === "" ? "Roomline playground" : `${room} · Roomline playground`;
  }, [room]);
}
