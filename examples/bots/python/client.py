"""
A Roomline client in Python, from the .proto files alone. Two rooms over one stream, a pause, a cut and a resume.
How to run it: README.md beside this file.
"""

import argparse
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gen"))

try:
    from roomline.v1 import realtime_pb2 as wire
    from roomline.examples.arena.v1 import arena_pb2  # noqa: F401  registers the arena's messages
except ImportError:
    sys.exit("gen/ is missing or old: generate it as README.md says.")

from connection import Player

# A code of the table of close reasons.
LEFT = 4600

checks = []


def check(what, held):
    checks.append((what, bool(held)))
    print(f"   {'ok ' if held else 'FAILED'}  {what}")


class Demo:
    def __init__(self, url, name):
        self.player = Player(url, name)
        self.said = 0
        self.steers = 0
        self.places = set()

    def say(self, text):
        """Chats travel as JSON. `n` counts what we said, so that we can tell whether all of it came back, once."""
        self.said += 1
        self.player.send(self.chat.input("say", {"text": text, "n": self.said}))

    def steer(self, angle_right):
        """The arena travels as protobuf; the message type is named in the contract table."""
        self.steers += 1
        dx = 1.0 if angle_right else -1.0
        self.player.send(self.arena.input("steer", {"dx": dx, "dy": 0.25, "client_seq": self.steers}))

    def ship(self):
        return self.arena.tables.get("players")[self.arena.player_id]

    def live(self, seconds):
        """Plays and talks for a while."""
        end = time.monotonic() + seconds
        turn = 0
        while time.monotonic() < end:
            if turn % 4 == 0:
                self.say(f"message {self.said + 1}")
            self.steer(turn % 40 < 20)
            self.player.run(0.1)
            ship = self.ship()
            self.places.add((ship.x, ship.y))
            turn += 1

    def own_numbers(self):
        """The numbers of our messages, in the order in which the room gave them back."""
        return [
            event["n"]
            for _, name, event, sender in self.chat.events
            if name == "said" and sender == self.chat.player_id and "n" in event
        ]

    def settle(self):
        self.player.run(3, until=lambda: not self.chat.unacked and not self.arena.unacked)
        self.player.run(0.3)

    def begin(self):
        self.player.connect()
        self.chat = self.player.join("c", "chat", "lobby")
        self.arena = self.player.join("a", "arena")
        self.player.run(3, until=lambda: self.arena.tables.tick and self.chat.tables.tick)
        for session in (self.chat, self.arena):
            kinds = ", ".join(kind.name for kind in session.event_kinds.values())
            print(f"   seat in {session.room_id}, at cursor {session.cursor}; its events: {kinds}")
        print(f"   members of {self.chat.room_id}: {', '.join(self.chat.tables.get('members'))}")
        self.player.ping()
        request = self.chat.input("rename", {"name": f"{self.player.client_id} (python)"}, wants_reply=True)
        self.player.send(request)
        self.player.run(3, until=lambda: self.player.rtt_ms is not None and self.chat.replies)
        check("a request was answered", self.chat.replies.get(1) == {"name": f"{self.player.client_id} (python)"})
        check("a heartbeat was echoed", self.player.rtt_ms is not None)

    def pause(self, seconds):
        control = wire.Control(action=wire.Control.ACTION_PAUSE, mode=wire.PAUSE_MODE_BUFFER)
        self.player.send(self.chat.message(control=control))
        self.player.run(3, until=lambda: self.chat.paused)
        events, said, tick = len(self.chat.events), self.said, self.arena.tables.tick
        self.live(seconds)
        check("the paused room sent nothing", len(self.chat.events) == events)
        check("the other room went on", self.arena.tables.tick > tick)
        ends = len(self.chat.backlog_ends)
        self.player.send(self.chat.message(control=wire.Control(action=wire.Control.ACTION_RESUME)))
        self.player.run(3, until=lambda: len(self.chat.backlog_ends) > ends)
        waited = self.chat.events[events:]
        print(f"   {len(waited)} events had waited, cursors {waited[0][0]} to {waited[-1][0]}, then EndOfBacklog")
        check("what waited was replayed up to EndOfBacklog", self.chat.cursor >= self.chat.backlog_ends[-1])
        own = [event for _, name, event, sender in waited if name == "said" and sender == self.chat.player_id]
        check("all we said meanwhile is among it", len(own) >= self.said - said)

    def cut(self, seconds):
        before = len(self.chat.events), len(self.arena.events)
        self.say("said just before the cut")
        self.player.cut()
        # The network is gone. What we do now only goes into the list of inputs without an acknowledgement.
        for text in ("said while offline", "and this", "and that"):
            self.say(text)
        self.steer(True)
        time.sleep(seconds)
        unacked = len(self.chat.unacked) + len(self.arena.unacked)
        ends = len(self.chat.backlog_ends), len(self.arena.backlog_ends)
        verdicts = self.player.connect()
        for session_id, resumed in verdicts.items():
            name = wire.Verdict.Name(resumed.verdict)
            print(f"   session {session_id}: {name}, the server has our inputs up to {resumed.last_input_seq}")
        self.player.run(
            5, until=lambda: len(self.chat.backlog_ends) > ends[0] and len(self.arena.backlog_ends) > ends[1]
        )
        self.settle()
        came = len(self.chat.events) - before[0], len(self.arena.events) - before[1]
        print(f"   {unacked} inputs were without an acknowledgement; {came[0]} chat and {came[1]} arena events came")
        check("both sessions were resumed without a gap", resumed_all(verdicts))
        check("every input is acknowledged", not self.chat.unacked and not self.arena.unacked)

    def end(self):
        self.settle()
        sessions = (self.chat, self.arena)
        check("each message came back once, in order", self.own_numbers() == list(range(1, self.said + 1)))
        check("no event came twice, none is missing", not any(s.duplicates or s.gaps for s in sessions))
        check("each steer was applied once", self.ship().inputs_applied == self.steers)
        check("the ship moved", len(self.places) > 10)
        xs = [x for x, _ in self.places]
        print(f"   x went from {min(xs):.0f} to {max(xs):.0f}; score {self.ship().score}")
        for session in sessions:
            self.player.send(session.message(leave=wire.Leave()))
        self.player.run(3, until=lambda: all(session.left for session in sessions))
        check("both seats were given up", all(s.left and s.left.code == LEFT for s in sessions))
        self.player.goodbye()
        print(f"   the stream ended with {self.player.ended}")
        check("the stream ended well", (self.player.ended or "").startswith("OK"))


def resumed_all(verdicts):
    return len(verdicts) == 2 and all(it.verdict == wire.VERDICT_RECOVERED for it in verdicts.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="localhost:50051")
    parser.add_argument("--name", default=f"py-{os.getpid()}")
    parser.add_argument("--seconds", type=float, default=10, help="how long it takes, about")
    parser.add_argument("--check", action="store_true", help="exit 1 if anything did not hold")
    args = parser.parse_args()
    part = max(1.0, (args.seconds - 3) / 4)
    demo = Demo(args.url, args.name)
    steps = [
        ("Two rooms over one stream", demo.begin),
        ("Live", lambda: demo.live(part)),
        ("Pause the chat, the arena goes on", lambda: demo.pause(part)),
        ("Cut the connection, come back", lambda: demo.cut(min(part, 2.0))),
        ("Live again", lambda: demo.live(part)),
        ("The end", demo.end),
    ]
    try:
        for title, step in steps:
            print(title)
            step()
    except ConnectionError as error:
        hint = "\nStart a server with npm start, or give another --url." if "UNAVAILABLE" in str(error) else ""
        sys.exit(f"{error}{hint}")
    failed = [what for what, held in checks if not held]
    print(f"{len(checks) - len(failed)} of {len(checks)} checks held.")
    sys.exit(1 if failed and args.check else 0)


if __name__ == "__main__":
    main()
