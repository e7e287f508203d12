import { networkPresets } from "roomline/client";
import { useId, useState } from "preact/hooks";
import type { Player } from "../session/player.ts";

const presets = Object.keys(networkPresets);
const custom = "custom";

/** Which network a player is on: at once, also while it is connected. */
export function NetworkChoice({ player, network }: { player: Player; network: string }) {
  const [text, setText] = useState<string | undefined>(undefined);
  const [fault, setFault] = useState("");
  const faultId = useId();
  const isCustom = text !== undefined || (network !== "" && !presets.includes(network));
  const take = (conditions: string): void => setFault(player.changeNetwork(conditions) ?? "");
  return (
    <div class="network">
      <label class="field">
        Network
        <select
          value={isCustom ? custom : network}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            setFault("");
            setText(chosen === custom ? network : undefined);
            if (chosen !== custom) take(chosen);
          }}
        >
          <option value="">as it is</option>
          {presets.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value={custom}>custom …</option>
        </select>
      </label>
      {isCustom && (
        <label class="field">
          Conditions
          <input
            value={text ?? network}
            placeholder="train,latencyMs=100,up.stallMs=300"
            spellcheck={false}
            aria-invalid={fault !== ""}
            aria-describedby={faultId}
            onInput={(event) => setText(event.currentTarget.value)}
            onChange={(event) => take(event.currentTarget.value)}
          />
        </label>
      )}
      <p id={faultId} class="fault" role="alert" hidden={fault === ""}>
        {fault}
      </p>
    </div>
  );
}
