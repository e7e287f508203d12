import { NameForm } from "./name-form.tsx";

/** What somebody sees who comes for the first time. */
export function Welcome(props: { readonly name: string; readonly onName: (name: string) => void }) {
  return (
    <main class="card stack welcome">
      <h1>Come in</h1>
      <p class="muted">
        Several rooms over one connection. Cut it while others talk, and see that nothing is lost
        and nothing comes twice.
      </p>
      <NameForm name={props.name} action="Enter the chat" onName={props.onName} />
    </main>
  );
}
