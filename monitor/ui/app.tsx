import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Monitor } from "../feed/monitor.ts";
import { serverName } from "../model/sample.ts";
import { Access } from "./access.tsx";
import { ChartGrid } from "./chart-grid.tsx";
import { Confirm } from "./confirm.tsx";
import { ConnectionDrawer } from "./connection-drawer.tsx";
import { PageContext, type Opened, type Page, type Question } from "./context.ts";
import { Header } from "./header.tsx";
import { JournalPanel } from "./journal-panel.tsx";
import { KeysHelp } from "./keys-help.tsx";
import { RecordingDrawer } from "./recording-drawer.tsx";
import { RoomDrawer } from "./room-drawer.tsx";
import { Tables, tabs, type Tab } from "./tables.tsx";
import { useTheme } from "../../pages/use-theme.ts";
import { Tiles } from "./tiles.tsx";
import { useReports } from "../../pages/reports.tsx";
import { useKeys } from "../../pages/use-keys.ts";
import { useStore } from "../../pages/use-store.ts";

/** The page. */
export function App({ monitor }: { monitor: Monitor }) {
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const [question, setQuestion] = useState<Question | undefined>(undefined);
  const [helps, setHelps] = useState(false);
  const [tab, setTab] = useState<Tab>("rooms");
  const [theme, toggleTheme] = useTheme();
  const { reports, report } = useReports(monitor.clock);
  const filterBox = useRef<HTMLInputElement>(null);
  const nodeBox = useRef<HTMLSelectElement>(null);
  const view = useStore(monitor.view);
  const link = useStore(monitor.link);
  const page = useMemo<Page>(
    () => ({ monitor, ask: setQuestion, report, open: setOpened }),
    [monitor, report],
  );
  useKeys({
    "/": () => filterBox.current?.focus(),
    "?": () => setHelps(true),
    n: () => nodeBox.current?.focus(),
    t: toggleTheme,
    Escape: () => setOpened(undefined),
    ...Object.fromEntries(tabs.map((name, index) => [String(index + 1), () => setTab(name)])),
  });
  useDroppedFile((file) => setOpened({ kind: "recording", file }));
  useTitle(view && serverName(view.sample), link.status === "live");
  const isShown = view !== undefined && link.status !== "token-wanted";
  return (
    <PageContext.Provider value={page}>
      <Header {...{ view, theme, nodeBox }} onTheme={toggleTheme} onKeys={() => setHelps(true)} />
      <main class={link.status === "live" ? "" : "stale"}>
        {isShown ? (
          <>
            <Tiles view={view} history={monitor.history} />
            <ChartGrid history={monitor.history} theme={theme} />
            <div class="lower">
              <Tables {...{ view, tab, opened, filterBox }} onTab={setTab} />
              <JournalPanel view={view} />
            </div>
          </>
        ) : (
          <Access link={link} />
        )}
      </main>
      {isShown && opened?.kind === "recording" && <RecordingDrawer file={opened.file} />}
      {isShown && opened?.kind === "room" && <RoomDrawer roomId={opened.id} page={view} />}
      {isShown && opened?.kind === "connection" && <ConnectionDrawer id={opened.id} page={view} />}
      {question && <Confirm question={question} onDone={() => setQuestion(undefined)} />}
      {helps && <KeysHelp onDone={() => setHelps(false)} />}
      {reports}
    </PageContext.Provider>
  );
}

/** A file that is dropped onto the page is a recording to look at. */
function useDroppedFile(onFile: (file: File) => void): void {
  useEffect(() => {
    const over = (event: DragEvent): void => event.preventDefault();
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) onFile(file);
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);
}

/** Names the tab after the server: operators have several open. */
function useTitle(node: string | undefined, isLive: boolean): void {
  useEffect(() => {
    if (node !== undefined) document.title = `${isLive ? "" : "(lost) "}${node} · Roomline monitor`;
  }, [node, isLive]);
}
