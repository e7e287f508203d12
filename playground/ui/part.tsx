import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

/** A part of a player that can be closed. */
export function Part(props: {
  readonly title: string;
  readonly count?: string;
  /** What is to be done to it, beside its title. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { title, count, tools, children } = props;
  const [isOpen, setOpen] = useState(true);
  const id = useId();
  return (
    <section class="part" aria-label={title}>
      <div class="part-head">
        <h3>
          <button
            type="button"
            class="part-title"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> {title}
            {count !== undefined && <span class="count"> {count}</span>}
          </button>
        </h3>
        {isOpen && tools !== undefined && <div class="part-tools">{tools}</div>}
      </div>
      <div id={id} hidden={!isOpen}>
        {isOpen && children}
      </div>
    </section>
  );
}
