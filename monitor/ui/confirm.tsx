import { ConnectError } from "@connectrpc/connect";
import { useState } from "preact/hooks";
import { useModal } from "../../pages/use-modal.ts";
import { usePage, type Question } from "./context.ts";

/** Asks before something is done, does it, and stays open when that fails. */
export function Confirm({ question, onDone }: { question: Question; onDone: () => void }) {
  const { report } = usePage();
  const dialog = useModal();
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const run = async () => {
    setBusy(true);
    setFailure("");
    try {
      report(await question.run(message));
      onDone();
    } catch (thrown) {
      setFailure(ConnectError.from(thrown).rawMessage);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="dialog" onClose={onDone} aria-labelledby="confirm-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <h2 id="confirm-title">{question.title}</h2>
        <p>{question.text}</p>
        {question.wantsMessage && (
          <label class="field">
            Message to those it concerns, optional
            <input
              type="text"
              maxLength={200}
              value={message}
              onInput={(event) => setMessage(event.currentTarget.value)}
            />
          </label>
        )}
        {failure !== "" && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onDone}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={busy}>
            {busy ? "…" : question.action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
