import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RoomlineProvider } from "roomline/react";
import { App } from "./app.tsx";
import { connectOptions } from "./me.ts";

const root = document.getElementById("root");
if (root === null) throw new Error('index.html has no element with the id "root".');
createRoot(root).render(
  <StrictMode>
    <RoomlineProvider options={connectOptions}>
      <App />
    </RoomlineProvider>
  </StrictMode>,
);
