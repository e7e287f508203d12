const parts =
  /(?<comment>\/\/.*|\/\*[^]*?\*\/)|(?<text>"[^"\n]*"|`[^`]*`)|\b(?<word>import|from|export|const|await|return|if|of|for)\b/g;

/** Colours comments, texts and key words in a block of code. What it does not know stays as it is. */
export function highlight(block: HTMLElement): void {
  const code = block.textContent;
  const nodes: (string | Node)[] = [];
  let end = 0;
  for (const match of code.matchAll(parts)) {
    const { comment, text } = match.groups ?? {};
    const span = document.createElement("span");
    span.className = comment !== undefined ? "comment" : text !== undefined ? "text" : "word";
    span.textContent = match[0];
    nodes.push(code.slice(end, match.index), span);
    end = match.index + match[0].length;
  }
  block.replaceChildren(...nodes, code.slice(end));
}
