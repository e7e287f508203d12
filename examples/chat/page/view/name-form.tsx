import { useEffect, useRef, useState } from "preact/hooks";

/** Asks for a name. `onName` may reject; the form then shows why, and asks again. */
export function NameForm(props: {
  readonly name: string;
  readonly action: string;
  readonly onName: (name: string) => Promise<void> | void;
  readonly onCancel?: () => void;
}) {
  const { name, action, onName, onCancel } = props;
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = field.current?.value.trim() ?? "";
    if (wanted === "") return;
    setBusy(true);
    Promise.resolve(onName(wanted)).catch((thrown: unknown) => {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
      setBusy(false);
    });
  };
  return (
    <form class="stack name-form" onSubmit={submit}>
      <label class="label" for="name">
        Your name
      </label>
      <input
        ref={field}
        id="name"
        class="field"
        defaultValue={name}
        maxLength={40}
        required
        autocomplete="nickname"
        aria-describedby="name-error"
      />
      <p id="name-error" class="small error" role="alert">
        {error}
      </p>
      <div class="row">
        <button class="button primary" type="submit" disabled={busy}>
          {action}
        </button>
        {onCancel !== undefined && (
          <button class="button quiet" type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}
