import type { Ref } from "preact";
import type { View } from "../model/dashboard.ts";
import { formatDuration } from "../../pages/format.ts";
import { LinkState } from "../../pages/link-state.tsx";
import { serverName, type Sample } from "../model/sample.ts";
import { Badge } from "../../pages/badge.tsx";
import { usePage } from "./context.ts";
import { ThemeButton } from "../../pages/theme-button.tsx";
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
  const { monitor, open } = usePage();
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
        <LinkState
          link={link}
          live="The server tells this page what happens."
          clock={monitor.clock}
          onRetry={() => monitor.retry()}
        />
      </div>
      <div class="top-actions">
        <button
          type="button"
          class="ghost"
          title="Recordings of rooms, with a time slider"
          onClick={() => open({ kind: "recording", file: undefined })}
        >
          Look back
        </button>
        <button type="button" class="ghost" onClick={onKeys} aria-label="Keys" title="Keys (?)">
          ?
        </button>
        <ThemeButton theme={theme} onTheme={onTheme} />
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
