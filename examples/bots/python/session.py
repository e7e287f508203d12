"""One session: a seat in one room, and what a client has to remember of it to lose nothing (rules RL, IN, PR)."""

import json

from google.protobuf.message import Message

from roomline.v1 import realtime_pb2 as wire

from state import BrokenStream, Tables, message_class


class Session:
    def __init__(self, session_id):
        self.id = session_id
        self.epoch = ""
        self.cursor = 0  # the last event handled
        self.last_seq = 0  # the last input numbered
        self.unacked = {}  # seq -> Input, kept until acknowledged, or answered (IN-3)
        self.replies = {}  # seq -> decoded reply, or wire.Error
        self.events = []  # (cursor, name, payload, sender)
        self.duplicates = 0
        self.gaps = []
        self.paused = False
        self.backlog_ends = []
        self.verdict = None
        self.left = None
        self.tables = None

    def position(self):
        """Where a new connection has to go on."""
        return wire.SessionPosition(
            session_id=self.id,
            position=wire.Position(epoch=self.epoch, cursor=self.cursor, state_tick=self.tables.tick),
        )

    def input(self, kind_name, payload, wants_reply=False):
        """Makes the next input, and keeps it until the server has it."""
        kind = self.inputs[kind_name]
        data = encode(kind.codec, kind.message_type, payload)
        self.last_seq += 1
        it = wire.Input(seq=self.last_seq, kind=kind.number, payload=data, wants_reply=wants_reply)
        self.unacked[it.seq] = it
        return self.message(input=it)

    def message(self, **body):
        """A message of this session; says along the way what has been handled."""
        return wire.ClientMessage(session_id=self.id, ack_cursor=self.cursor, **body)

    def resend_after(self, last_input_seq):
        """
        Up to here the server has our inputs. Those after it go again, in order, and the older ones whose reply did not
        come (RS-8): the server does not apply them twice, but sends its reply again (IN-4).
        """
        again = [it for seq, it in sorted(self.unacked.items()) if seq > last_input_seq or it.wants_reply]
        return [self.message(input=it) for it in again]

    def ack(self, seq):
        for acked in [s for s, it in self.unacked.items() if s <= seq and not it.wants_reply]:
            del self.unacked[acked]

    def receive(self, message):
        """Takes one ServerMessage of this session: first its header, then its body."""
        self.ack(message.input_ack)
        body = message.WhichOneof("body")
        if body == "event":
            self.on_event(message.event, message.skipped_to)
        self.cursor = max(self.cursor, message.skipped_to)
        if body == "joined":
            self.on_joined(message.joined)
        elif body == "state":
            self.tables.apply(message.state)
        elif body == "reply":
            self.on_reply(message.reply)
        elif body == "control":
            if message.control.action in (wire.Control.ACTION_PAUSED, wire.Control.ACTION_RESUMED):
                self.paused = message.control.action == wire.Control.ACTION_PAUSED
        elif body == "gap":
            self.gaps.append(message.gap)
            self.cursor = max(self.cursor, message.gap.to)
        elif body == "end_of_backlog":
            # In a new life of the room the cursors begin anew, and this one says where the stream goes on (RS-3).
            if self.gaps and self.gaps[-1].reason == wire.GAP_REASON_EPOCH_CHANGED:
                self.cursor = message.end_of_backlog.cursor
            self.backlog_ends.append(message.end_of_backlog.cursor)
        elif body == "left":
            self.left = message.left
        elif body == "error":
            raise RuntimeError(f"{self.id}: {message.error.message}")

    def on_joined(self, joined):
        self.epoch, self.cursor, self.verdict = joined.epoch, joined.cursor, joined.verdict
        self.room_id, self.player_id = joined.room_id, joined.player_id
        # Numbers stand for names from now on; this table says which, and how payloads are encoded.
        self.inputs = {kind.name: kind for kind in joined.contract.inputs}
        self.event_kinds = {kind.number: kind for kind in joined.contract.events}
        self.tables = Tables(joined.contract.tables)

    def on_event(self, event, skipped_to):
        """Rule RL-4: the next one is applied, an old one dropped, anything else is a broken stream."""
        if event.cursor != 0:
            if event.cursor <= self.cursor:
                self.duplicates += 1
                return
            if event.cursor != max(self.cursor, skipped_to) + 1:
                raise BrokenStream(f"{self.id}: event {event.cursor} after {self.cursor}")
            self.cursor = event.cursor
        kind = self.event_kinds[event.kind]
        payload = decode(kind.codec, kind.message_type, event.payload)
        self.events.append((event.cursor, kind.name, payload, event.sender))

    def on_reply(self, reply):
        it = self.unacked.pop(reply.seq, None)
        if it is None:
            return
        kind = next(kind for kind in self.inputs.values() if kind.number == it.kind)
        failed = reply.HasField("error")
        self.replies[reply.seq] = (
            reply.error if failed else decode(kind.reply_codec, kind.reply_type, reply.payload)
        )


def encode(codec, message_type, payload):
    """Of JSON whatever json.dumps takes; of protobuf a message, or the fields of one."""
    if codec == wire.CODEC_JSON:
        return json.dumps(payload).encode()
    if isinstance(payload, Message):
        return payload.SerializeToString()
    return message_class(message_type)(**payload).SerializeToString()


def decode(codec, message_type, data):
    return json.loads(data) if codec == wire.CODEC_JSON else message_class(message_type).FromString(data)
