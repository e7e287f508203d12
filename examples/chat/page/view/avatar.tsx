import { hueOf, initials } from "../model/names.ts";

/** A person as a coloured disc. The name stands beside it, so it says nothing to a screen reader. */
export function Avatar({ name }: { readonly name: string }) {
  return (
    <span class="avatar" style={{ "--hue": hueOf(name) }} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
