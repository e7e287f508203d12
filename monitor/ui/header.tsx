import type { Ref } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { View } from "../model/dashboard.ts";
import { formatDuration } from "../../pages/format.ts";
import type { Link } from "../../pages/link.ts";
import { serverName, type Sample } from "../model/sample.ts";
import { Badge } from "../../pages/badge.tsx";
import { usePage } from "./context.ts";
import type { Theme } from "../../pages/theme.ts";
import { useStore } from "../../pages/use-store.ts";

interface HeaderProps {
  readonly view: View | undefined;
  readonly theme: Theme;
  readonly onTheme: () => void;
  readonly onKeys: () => void;
  readonly nodeBox: Ref<HTMLSelectElement>;
}

/** Who is watched, how it is, and how the page stands with it. */
export function Header({ view, theme, onTheme, onKeys, nodeBox }: HeaderProps) {
  const { monitor } = usePage();
  const link = useStore(monitor.link);
  const sample = view?.sample;
  return (
    <header class="top">
      <div class="brand">
        <img src="icon.svg" width="22" height="22" alt="" />
        <h1>Roomline</h1>
      </div>
      {sample && <ServerFacts sample={sample} nodeBox={nodeBox} />}
      <div class="top-state">
        {sample &&
          (sample.node.draining ? (
            <Badge tone="warning">draining</Badge>
          ) : (
            <Badge tone="good">healthy</Badge>
          ))}
        {sample?.missing.map((name) => (
          <Badge key={name} tone="bad">
            {name} does not answer
          </Badge>
        ))}
        <LinkState link={link} />
      </div>
      <div class="top-actions">
        <button type="button" class="ghost" onClick={onKeys} aria-label="Keys" title="Keys (?)">
          ?
        </button>
        <button
          type="button"
          class="ghost"
          onClick={onTheme}
          aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
          title="Light or dark (t)"
        >
          {theme === "dark" ? "☀" : "☾"}
        </button>
        <DrainButton
          disabled={sample === undefined || sample.node.draining}
          nodes={sample?.nodeNames.length ?? 1}
        />
      </div>
    </header>
  );
}

/** What the server is, and which of its nodes is shown. */
function ServerFacts({ sample, nodeBox }: { sample: Sample; nodeBox: Ref<HTMLSelectElement> }) {
  return (
    <dl class="node">
      <div>
        <dt>node</dt>
        <dd data-testid="node">
          {sample.nodeNames.length > 1 ? (
            <NodeChoice sample={sample} box={nodeBox} />
          ) : (
            serverName(sample)
          )}
        </dd>
      </div>
      <div>
        <dt>version</dt>
        <dd>{sample.node.version}</dd>
      </div>
      <div>
        <dt>up</dt>
        <dd>{formatDuration(sample.timeMs - sample.node.startedAtMs)}</dd>
      </div>
    </dl>
  );
}

/** Which node is shown, or all of them. */
function NodeChoice({ sample, box }: { sample: Sample; box: Ref<HTMLSelectElement> }) {
  const { monitor } = usePage();
  const chosen = useStore(monitor.chosen);
  const { nodeNames } = sample;
  return (
    <select
      ref={box}
      class="node-choice"
      aria-label="Node"
      title="Which node is shown (n)"
      value={chosen}
      onChange={(event) => monitor.choose(event.currentTarget.value)}
    >
      <option value="">all {nodeNames.length} nodes</option>
      {nodeNames.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function LinkState({ link }: { link: Link }) {
  const { monitor } = usePage();
  const waitSeconds = useWait(link);
  switch (link.status) {
    case "live":
      return (
        <span class="link live" role="status" title="The server tells this page what happens.">
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
          {waitSeconds > 0 && ` in ${waitSeconds} s`}
          <button type="button" class="link-button" onClick={() => monitor.retry()}>
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

/** Whole seconds until the next try; renders again as they pass. */
function useWait(link: Link): number {
  const { monitor } = usePage();
  const [, setTurn] = useState(0);
  const leftMs = link.status === "retrying" ? link.retryAtMs - monitor.clock.now() : 0;
  useEffect(() => {
    if (leftMs <= 0) return;
    const timer = monitor.clock.setTimer(() => setTurn((turn) => turn + 1), leftMs % 1000 || 1000);
    return () => timer.cancel();
  });
  return Math.max(0, Math.ceil(leftMs / 1000));
}

function DrainButton({ disabled, nodes }: { disabled: boolean; nodes: number }) {
  const { monitor, ask } = usePage();
  const drain = () =>
    ask({
      title: "Drain this server?",
      text: `${nodes > 1 ? `All its ${nodes} nodes. ` : ""}It takes no new connections and rooms, health checks fail from now on, its players are told to come back elsewhere, and then it ends. It cannot be taken back.`,
      action: "Drain",
      wantsMessage: false,
      async run() {
        await monitor.admin.drain({});
        return "Draining has begun.";
      },
    });
  return (
    <button type="button" class="danger-quiet" disabled={disabled} onClick={drain}>
      Drain
    </button>
  );
}
