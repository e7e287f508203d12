import { useStore } from "../../pages/use-store.ts";
import type { Player } from "../session/player.ts";

/** On a narrow screen: which of the players is shown. */
export function PlayerTabs(props: {
  readonly players: readonly Player[];
  readonly chosen: Player;
  readonly onChoose: (player: Player) => void;
}) {
  const { players, chosen, onChoose } = props;
  if (players.length < 2) return null;
  return (
    <div class="player-tabs" role="group" aria-label="Players">
      {players.map((player, index) => (
        <PlayerTab
          key={player.number}
          player={player}
          index={index}
          isChosen={player === chosen}
          onChoose={() => onChoose(player)}
        />
      ))}
    </div>
  );
}

function PlayerTab(props: {
  readonly player: Player;
  readonly index: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { player, index, isChosen, onChoose } = props;
  const { name, connection } = useStore(player.view);
  return (
    <button type="button" aria-pressed={isChosen} onClick={onChoose}>
      <i class={`dot ink-${index % inks}`} /> {name}
      {connection !== "live" && <span class="quiet"> {connection}</span>}
    </button>
  );
}

/** Colours there are for players. */
export const inks = 6;
