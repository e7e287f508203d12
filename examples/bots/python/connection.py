"""A player: one stream to the server that carries all sessions, and comes back when it breaks (rules HS, RS, HB)."""

import queue
import threading
import time

import grpc

from roomline.v1 import realtime_pb2 as wire
from roomline.v1 import realtime_pb2_grpc

from session import Session

PROTOCOL_VERSION = 1


class Player:
    def __init__(self, url, client_id, token="", credentials=None):
        """With `token`, a bearer token, the server names the client. With grpc's channel `credentials` it speaks TLS."""
        self.url, self.client_id, self.credentials = url, client_id, credentials
        self.metadata = [("authorization", f"Bearer {token}")] if token else []
        self.sessions = {}
        self.resume_token = ""
        self.welcome = None
        self.rtt_ms = None
        self.heartbeats_answered = 0
        self.ended = None  # the status the stream ended with

    def connect(self):
        """Opens a stream and says Hello; the second time that resumes all sessions. Returns the verdicts by session."""
        # A channel of its own: without this, a new channel may share the old TCP connection.
        options = [("grpc.use_local_subchannel_pool", 1)]
        if self.credentials is None:
            self.channel = grpc.insecure_channel(self.url, options=options)
        else:
            self.channel = grpc.secure_channel(self.url, self.credentials, options=options)
        outgoing, incoming = queue.Queue(), queue.Queue()
        self.outgoing, self.incoming, self.welcome, self.ended = outgoing, incoming, None, None
        stub = realtime_pb2_grpc.RealtimeServiceStub(self.channel)
        self.call = stub.Connect(iter(outgoing.get, None), metadata=self.metadata)
        threading.Thread(target=read_all, args=(self.call, incoming), daemon=True).start()
        hello = wire.Hello(
            protocol_version=PROTOCOL_VERSION,
            client_id=self.client_id,
            sdk="roomline-python-example",
            resume_token=self.resume_token,
            sessions=[session.position() for session in self.sessions.values()],
        )
        self.send(wire.ClientMessage(hello=hello))
        self.run(10, until=lambda: self.welcome is not None)
        if self.welcome is None:
            raise ConnectionError(f"no Welcome from {self.url}: {self.ended or 'it is silent'}")
        self.resume_token = self.welcome.resume_token
        verdicts = {resumed.session_id: resumed for resumed in self.welcome.sessions}
        for session_id, resumed in verdicts.items():
            if resumed.verdict == wire.VERDICT_GONE:
                del self.sessions[session_id]
                continue
            session = self.sessions[session_id]
            session.verdict, session.epoch = resumed.verdict, resumed.epoch
            session.paused = resumed.paused != wire.PAUSE_MODE_UNSPECIFIED
            self.send(*session.resend_after(resumed.last_input_seq))
        return verdicts

    def join(self, session_id, room_type="", room_id="", **more):
        """Takes a seat. `more` are other fields of Join: mode, options_json, reservation."""
        session = self.sessions[session_id] = Session(session_id)
        join = wire.Join(room_type=room_type, room_id=room_id, **more)
        self.send(wire.ClientMessage(session_id=session_id, join=join))
        self.run(5, until=lambda: session.tables is not None)
        if session.tables is None:
            raise ConnectionError(f"no seat in {room_type}")
        return session

    def send(self, *messages):
        if messages:
            self.outgoing.put(wire.ClientFrame(messages=messages))

    def ping(self):
        self.send(wire.ClientMessage(heartbeat=wire.Heartbeat(time_ms=time.time() * 1000)))

    def cut(self):
        """Drops the connection without a goodbye: a reset stream is a lost one, and its seats are kept (RS-7)."""
        self.call.cancel()
        self.channel.close()

    def goodbye(self):
        """Ends the stream orderly: our half of it first (CL-3)."""
        self.outgoing.put(None)
        self.run(5, until=lambda: self.ended is not None)
        self.channel.close()

    def run(self, seconds, until=lambda: False):
        """Handles what comes, until the condition holds, the time is up or the stream has ended."""
        deadline = time.monotonic() + seconds
        while not until() and self.ended is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            try:
                frame = self.incoming.get(timeout=left)
            except queue.Empty:
                return
            if isinstance(frame, wire.ServerFrame):
                for message in frame.messages:
                    self.receive(message)
            else:
                self.ended = frame

    def receive(self, message):
        if message.session_id:
            if message.session_id in self.sessions:
                self.sessions[message.session_id].receive(message)
            return
        body = message.WhichOneof("body")
        if body == "welcome":
            self.welcome = message.welcome
        elif body == "heartbeat" and message.heartbeat.echo_ms:
            self.rtt_ms = time.time() * 1000 - message.heartbeat.echo_ms
        elif body in ("heartbeat", "health_check"):
            sent_ms = getattr(message, body).time_ms
            answer = wire.Heartbeat(time_ms=time.time() * 1000, echo_ms=sent_ms)
            self.send(wire.ClientMessage(heartbeat=answer))
            self.heartbeats_answered += 1
        elif body == "error":
            raise RuntimeError(message.error.message)


def read_all(call, incoming):
    """Runs in a thread: puts every frame into the queue, and at last the status."""
    try:
        for frame in call:
            incoming.put(frame)
    except grpc.RpcError:
        pass
    trailers = dict(call.trailing_metadata() or ())
    close_code = trailers.get("roomline-close-code", "none")  # of the table of close reasons (CL-2)
    incoming.put(f"{call.code().name}, close code {close_code}. {call.details()}".rstrip())
