"""The replicated state of one session: applies State messages, in plain protobuf (PROTOCOL.md, rules ST)."""

import json

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.wrappers_pb2 import BytesValue

from roomline.v1 import realtime_pb2 as wire


class BrokenStream(Exception):
    """What came does not follow what came before: reconnect and resume."""


def message_class(full_name):
    """The generated class of a message type that the contract table names."""
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(full_name))


class Tables:
    def __init__(self, kinds):
        self.tick = 0
        self.parts = wire.State()
        self.names = {kind.number: kind.name for kind in kinds}
        # A row of a JSON table is a message with one field, `bytes json = 1`, just like BytesValue.
        self.row_classes = {
            kind.number: BytesValue if kind.codec == wire.CODEC_JSON else message_class(kind.message_type)
            for kind in kinds
        }
        self.rows = {kind.number: {} for kind in kinds}  # table -> handle -> row
        self.keys = {kind.number: {} for kind in kinds}  # table -> handle -> key

    def get(self, table_name):
        """The rows of a table by their keys, in the order of their handles: that in which the room added them (ST-3)."""
        number = next(number for number, name in self.names.items() if name == table_name)
        rows, keys = self.rows[number], self.keys[number]
        return {
            keys[handle]: json.loads(row.value) if isinstance(row, BytesValue) else row
            for handle, row in sorted(rows.items(), key=lambda item: item[0])
        }

    def apply(self, state):
        """
        Rule ST-1: a snapshot always, a patch when it starts where we are, nothing that is not newer. One that comes in
        parts (ST-6) is applied with its last: merged, the tables of all stand one after the other.
        """
        self.parts.MergeFrom(state)
        if state.more:
            return
        state, self.parts = self.parts, wire.State()
        if state.base_tick == 0:
            for number in self.rows:
                self.rows[number].clear()
                self.keys[number].clear()
        elif state.tick <= self.tick:
            return
        elif state.base_tick != self.tick:
            raise BrokenStream(f"state from tick {state.base_tick}, but we are at {self.tick}")
        for patch in state.tables:
            if patch.table not in self.rows:
                continue
            for handle in patch.removed:
                self.rows[patch.table].pop(handle, None)
                self.keys[patch.table].pop(handle, None)
            for group in patch.groups:
                self.apply_group(patch.table, group)
        self.tick = state.tick

    def apply_group(self, table, group):
        """
        The rows of a group have the same fields, so their tags are told once. Put back in front of each value they make
        an ordinary protobuf message, which any protobuf library can merge.
        """
        tags, data, at = read_tags(group.tags), group.rows, 0
        while at < len(data):
            handle, at = read_varint(data, at)
            if group.created:
                length, at = read_varint(data, at)
                self.keys[table][handle] = data[at : at + length].decode()
                self.rows[table][handle] = self.row_classes[table]()
                at += length
            row = self.rows[table][handle]
            message = b""
            for tag, tag_bytes in tags:
                end = skip_value(data, at, tag & 7)
                message += tag_bytes + data[at:end]
                at = end
            if group.merged:
                length, at = read_varint(data, at)
                message += data[at : at + length]
                at += length
            for number in group.cleared:
                field = row.DESCRIPTOR.fields_by_number.get(number)
                if field is not None:
                    row.ClearField(field.name)
            # Into the row itself: parsed on its own and merged, a field that became 0 would be lost (see RowGroup).
            row.MergeFromString(message)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def read_tags(data):
    """Each tag as a number and as the bytes it came in."""
    tags, at = [], 0
    while at < len(data):
        tag, end = read_varint(data, at)
        tags.append((tag, data[at:end]))
        at = end
    return tags


def skip_value(data, at, wire_type):
    """Where the value that begins here ends."""
    if wire_type == 0:
        return read_varint(data, at)[1]
    if wire_type == 1:
        return at + 8
    if wire_type == 2:
        length, at = read_varint(data, at)
        return at + length
    if wire_type == 5:
        return at + 4
    raise BrokenStream(f"wire type {wire_type}")
