/** How somebody says to the server who they are: by a name that nobody checks. Used by the page, the bots and the load. */
export function identity(name: string, _origin = "") {
  return { clientId: name };
}
