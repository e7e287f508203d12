// A page in which Vue, Svelte and Solid show one ship of one room, for frameworks.browser.test.ts.
import { createEffect, createMemo, createRoot } from "solid-js";
import { derived } from "svelte/store";
import { computed, createApp, h } from "vue";
import { connect } from "roomline/client";
import { createClientStore } from "roomline/store";
import { createRoom } from "../../../examples/frameworks/solid.ts";
import { roomOf } from "../../../examples/frameworks/svelte.ts";
import { useRoom } from "../../../examples/frameworks/vue.ts";
import { field } from "./field.ts";

const wanted = { roomType: "field", roomId: "one" };
/** How often each of them has shown something, and how it is ended. */
const notes = { shown: { vue: 0, svelte: 0, solid: 0 }, stop: (): void => undefined };
Object.assign(window, { notes });

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");
const place = (id: string): HTMLElement => {
  const element = Object.assign(document.createElement("p"), { id });
  root.append(element);
  return element;
};

const client = createClientStore((signal) => connect({ signal }));

const vue = createApp({
  setup() {
    const room = useRoom(client, field, wanted);
    const x = computed(() => room.value.state.ships.get("ship 7")?.x);
    return () => {
      notes.shown.vue++;
      return h("span", x.value);
    };
  },
});
vue.mount(place("vue"));

const svelte = place("svelte");
const x = derived(roomOf(client, field, wanted), ({ state }) => state.ships.get("ship 7")?.x);
const endSvelte = x.subscribe((now) => {
  notes.shown.svelte++;
  svelte.textContent = String(now);
});

const solid = place("solid");
const endSolid = createRoot((dispose) => {
  const room = createRoom(client, field, wanted);
  const x = createMemo(() => room().state.ships.get("ship 7")?.x);
  createEffect(() => {
    notes.shown.solid++;
    solid.textContent = String(x());
  });
  return dispose;
});

notes.stop = (): void => {
  vue.unmount();
  endSvelte();
  endSolid();
};
