import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer } from "../../server/index.ts";
import { makeCertificates } from "../transport/certificates.ts";

test("mutual TLS: the certificate says who a client is, and who has none stays outside", async (context) => {
  const { authority, server: own, client: ann } = await makeCertificates();
  const ca = authority.cert;
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { chat: chatRoom },
    tls: { ...own, ca, requireClientCertificate: true },
    authenticate: ({ peer }) => {
      const [, name = ""] = /^CN=(\w+)/.exec(peer.certificateSubject ?? "") ?? [];
      return { clientId: name };
    },
  });
  context.after(() => server.close());
  const tls = { ca, serverName: "localhost" };
  const client = await connect(server.address, { tls: { ...tls, ...ann } });
  assert.equal(client.clientId, "ann");
  const session = await client.join(chat, { roomType: "chat" });
  await session.send("say", { text: "in private" });
  await assert.rejects(connect(server.address, { tls, connectTimeoutMs: 500 }), {
    code: "unavailable",
  });
  await client.close();
});
