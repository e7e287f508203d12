import { useEffect, useRef } from "preact/hooks";

/** A dialog that opens above the page when it is rendered, and keeps the focus. */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
  }, []);
  return dialog;
}
