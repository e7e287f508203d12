import { useModal } from "../../pages/use-modal.ts";

const keys = [
  ["/", "to the filter"],
  ["↑ ↓", "select a row; also PgUp, PgDn, Home, End"],
  ["Enter", "open the row"],
  ["Esc", "close what is open"],
  ["1 2 3 4", "rooms, sessions, connections; nodes, where there are several"],
  ["n", "choose a node"],
  ["t", "light or dark"],
  ["?", "these keys"],
] as const;

/** What the keys do. */
export function KeysHelp({ onDone }: { onDone: () => void }) {
  const dialog = useModal();
  return (
    <dialog ref={dialog} class="dialog" onClose={onDone} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" onClick={onDone}>
          Close
        </button>
      </div>
    </dialog>
  );
}
