/** How somebody says to the server who they are: by a token, got anew whenever the client needs one. */
export function identity(name: string, origin = "") {
  return {
    token: async (): Promise<string> => {
      const response = await fetch(`${origin}/login`, { method: "POST", body: name });
      if (!response.ok) throw new Error(`The login says ${response.status}.`);
      return response.text();
    },
  };
}
