import { useState } from "preact/hooks";
import { Badge } from "../../pages/badge.tsx";
import { formatMs } from "../../pages/format.ts";
import { useStore } from "../../pages/use-store.ts";
import type { Player, PlayerView } from "../session/player.ts";
import { usePage } from "./context.ts";
import { NetworkChoice } from "./network-choice.tsx";
import { inks } from "./player-tabs.tsx";

const offlineMs = 2_000;

/** Who a player is, how it stands with the server, and what can be done to it. */
export function PlayerHead({ player, index }: { player: Player; index: number }) {
  const { playground } = usePage();
  const view = useStore(player.view);
  return (
    <header class="player-head">
      <div class="player-who">
        <i class={`dot ink-${index % inks}`} />
        <NameField player={player} view={view} />
        <Standing view={view} />
        <button
          type="button"
          class="ghost"
          aria-label={`Remove ${view.name}`}
          title="Remove this player"
          onClick={() => playground.removePlayer(player)}
        >
          ✕
        </button>
      </div>
      <div class="player-actions">
        <NetworkChoice player={player} network={view.network} />
        <Actions player={player} view={view} />
      </div>
      <FailureBox player={player} view={view} />
    </header>
  );
}

/** The name, to be edited: a player of another name is another client. */
function NameField({ player, view }: { player: Player; view: PlayerView }) {
  const { playground } = usePage();
  const [text, setText] = useState<string | undefined>(undefined);
  const take = (): void => {
    const name = text?.trim() ?? "";
    setText(undefined);
    if (name !== "" && name !== view.name) playground.rename(player, name);
  };
  return (
    <form
      class="player-name"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <input
        aria-label="Name of the player, its client id"
        title="The client id. Another name is another client."
        value={text ?? view.name}
        maxLength={128}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Escape") setText(undefined);
        }}
      />
      {view.clientId !== view.name && <span class="quiet">is {view.clientId}</span>}
    </form>
  );
}

/** The words of the SDK for the connection, the session and the last verdict. */
function Standing({ view }: { view: PlayerView }) {
  const { connection, session, rttMs, cuts } = view;
  return (
    <span class="standing">
      <span class="standing" role="status">
        <Badge tone={toneOfConnection[connection]}>{connection}</Badge>
        {session !== undefined && (
          <Badge tone={toneOfStatus[session.status]}>{session.status}</Badge>
        )}
        {session?.verdict !== undefined && (
          <Badge tone={session.verdict === "gone" ? "bad" : "quiet"}>
            {session.verdict.toUpperCase()}
          </Badge>
        )}
        {session !== undefined && session.throttledHz > 0 && (
          <Badge tone="warning">{session.throttledHz} Hz</Badge>
        )}
      </span>
      <span class="quiet numbers">
        {rttMs !== undefined && connection === "live" && (
          <span title="Round trip of the newest heartbeat">{formatMs(rttMs)}</span>
        )}
        {session !== undefined && session.pendingInputs > 0 && (
          <span title="Inputs that are neither acknowledged nor answered">
            {session.pendingInputs} pending
          </span>
        )}
        {cuts > 0 && <span>{cuts === 1 ? "1 cut" : `${cuts} cuts`}</span>}
      </span>
    </span>
  );
}

const toneOfConnection = {
  connecting: "warning",
  live: "good",
  resuming: "warning",
  closed: "bad",
} as const;

const toneOfStatus = {
  joining: "quiet",
  active: "good",
  paused: "plain",
  detached: "warning",
  closed: "bad",
} as const;

function Actions({ player, view }: { player: Player; view: PlayerView }) {
  const { playground } = usePage();
  const { session, connection } = view;
  const isPaused = session?.status === "paused";
  return (
    <div class="buttons">
      <button
        type="button"
        disabled={session?.status !== "active" && !isPaused}
        aria-pressed={isPaused}
        title="A paused session keeps its seat and is sent nothing; inputs work"
        onClick={() => void (isPaused ? player.resume() : player.pause())}
      >
        {isPaused ? "Resume" : "Pause"}
      </button>
      <button
        type="button"
        disabled={connection !== "live"}
        title={`Breaks the connection; for ${offlineMs / 1_000} s there is no network`}
        onClick={() => player.cut(offlineMs)}
      >
        Cut
      </button>
      {session === undefined ? (
        <button type="button" onClick={() => playground.rejoin(player)}>
          Join
        </button>
      ) : (
        <button
          type="button"
          disabled={session.status === "joining"}
          title="Gives the seat up"
          onClick={() => void player.leave()}
        >
          Leave
        </button>
      )}
    </div>
  );
}

/** Why there is no connection or no seat; with a place for a token where that is what is missing. */
function FailureBox({ player, view }: { player: Player; view: PlayerView }) {
  const { playground } = usePage();
  const [token, setToken] = useState("");
  const { failure } = view;
  if (failure === undefined) return null;
  const wantsToken = failure.code === "unauthenticated" || failure.code.startsWith("token-");
  return (
    <div class="failure" role="alert">
      <b>{failure.code}</b> {failure.message}
      {wantsToken && (
        <form
          class="player-token"
          onSubmit={(event) => {
            event.preventDefault();
            void player.useToken(token).then(() => playground.rejoin(player));
          }}
        >
          <label class="field">
            Token of this player
            <input
              type="password"
              autocomplete="off"
              required
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          </label>
          <button type="submit">Connect</button>
        </form>
      )}
    </div>
  );
}
