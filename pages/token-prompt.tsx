import { useState } from "preact/hooks";

/** Asks for the admin token of a server that shows itself to its operators only. */
export function TokenPrompt(props: {
  /** What the server said. */
  readonly message: string;
  readonly onToken: (token: string) => void;
}) {
  const { message, onToken } = props;
  const [token, setToken] = useState("");
  return (
    <section class="access">
      <h2>The admin token, please</h2>
      <p>
        {message.startsWith("This needs") ? "This server shows itself to its operators." : message}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onToken(token);
        }}
      >
        <label class="field">
          Admin token
          <input
            type="password"
            autocomplete="off"
            autofocus
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Open
        </button>
      </form>
      <p class="quiet">
        It is the <code>adminToken</code> the server was started with. This tab keeps it until it is
        closed; it is not part of any address.
      </p>
    </section>
  );
}
