"""Every service of a Roomline server through grpcio as it comes, each over a connection of its own, for as long as it is told.

Prints a line for each method, "NAME COUNT" or "NAME COUNT FAILED: why", and exits 1 when one failed.
"""

import argparse
import queue
import sys
import threading
import time

import grpc
from google.protobuf import struct_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from roomline.v1 import admin_pb2, admin_pb2_grpc, lobby_pb2, lobby_pb2_grpc
from roomline.v1 import realtime_pb2, realtime_pb2_grpc, watch_pb2, watch_pb2_grpc

ROOM_TYPE, ROOM_ID = "noisy", "lobby"


class Run:
    def __init__(self, target, seconds):
        self.end = time.monotonic() + seconds
        self.counts, self.faults = {}, {}
        self.target = target

    def reach(self, stub):
        """A service over a connection that nobody else uses: no other stream's data excuses its pings."""
        return stub(grpc.insecure_channel(self.target, options=[("grpc.use_local_subchannel_pool", 1)]))

    def is_over(self):
        return time.monotonic() >= self.end

    def count(self, method):
        self.counts[method] = self.counts.get(method, 0) + 1

    def fail(self, method, error):
        """What fails because the run is over is no failure."""
        if not self.is_over():
            self.faults.setdefault(method, error)

    def call(self, method, stub, request):
        try:
            answer = stub(request, timeout=10)
            self.count(method)
            return answer
        except grpc.RpcError as error:
            self.fail(method, f"{error.code()} {error.details()}")
            return None

    def watch(self, method, call):
        """Reads a stream of answers to the end of the run; it may not end before."""
        threading.Timer(self.end - time.monotonic(), call.cancel).start()
        try:
            for _ in call:
                self.count(method)
            self.fail(method, "it ended")
        except grpc.RpcError as error:
            self.fail(method, f"{error.code()} {error.details()}")

    def ask(self):
        """Calls what has one answer, one call after the other."""
        lobby = self.reach(lobby_pb2_grpc.LobbyServiceStub)
        admin = self.reach(admin_pb2_grpc.AdminServiceStub)
        probes = self.reach(health_pb2_grpc.HealthStub)
        said = struct_pb2.Value(string_value="from an operator")
        while not self.is_over():
            self.call("ListRooms", lobby.ListRooms, lobby_pb2.ListRoomsRequest())
            self.call("DescribeRoomTypes", lobby.DescribeRoomTypes, lobby_pb2.DescribeRoomTypesRequest())
            self.call("ListConnections", admin.ListConnections, admin_pb2.ListConnectionsRequest())
            self.call("ListSessions", admin.ListSessions, admin_pb2.ListSessionsRequest())
            self.call("ListRoomStats", admin.ListRoomStats, admin_pb2.ListRoomStatsRequest())
            publish = admin_pb2.PublishRequest(room_id=ROOM_ID, kind="said", json=said)
            self.call("Publish", admin.Publish, publish)
            self.call("HealthCheck", probes.Check, health_pb2.HealthCheckRequest())
            time.sleep(0.002)

    def make_rooms(self):
        lobby = self.reach(lobby_pb2_grpc.LobbyServiceStub)
        admin = self.reach(admin_pb2_grpc.AdminServiceStub)
        while not self.is_over():
            made = self.call("CreateRoom", lobby.CreateRoom, lobby_pb2.CreateRoomRequest(room_type=ROOM_TYPE))
            if made is None:
                return
            room_id = made.room.room_id
            self.call("ReserveSeat", lobby.ReserveSeat, lobby_pb2.ReserveSeatRequest(room_id=room_id))
            self.call("CloseRoom", admin.CloseRoom, admin_pb2.CloseRoomRequest(room_id=room_id))
            time.sleep(0.1)

    def cancel_watches(self):
        watches = self.reach(watch_pb2_grpc.WatchServiceStub)
        while not self.is_over():
            call = watches.Watch(watch_pb2.WatchRequest(topic=ROOM_ID, watch_id="cancelled"))
            try:
                next(call)
            except grpc.RpcError as error:
                return self.fail("CancelWatch", f"{error.code()} {error.details()}")
            request = watch_pb2.CancelWatchRequest(watch_id="cancelled")
            self.call("CancelWatch", watches.CancelWatch, request)
            call.cancel()
            time.sleep(0.1)

    def reflect(self):
        outgoing = queue.Queue()
        call = self.reach(reflection_pb2_grpc.ServerReflectionStub).ServerReflectionInfo(iter(outgoing.get, None))
        try:
            while not self.is_over():
                outgoing.put(reflection_pb2.ServerReflectionRequest(list_services=""))
                next(call)
                self.count("Reflection")
                time.sleep(0.1)
        except grpc.RpcError as error:
            self.fail("Reflection", f"{error.code()} {error.details()}")
        outgoing.put(None)
        call.cancel()

    def play(self):
        """Joins the room, talks, and answers heartbeats, over the realtime stream."""
        outgoing = queue.Queue()

        def send(session_id="", **body):
            message = realtime_pb2.ClientMessage(session_id=session_id, **body)
            outgoing.put(realtime_pb2.ClientFrame(messages=[message]))

        call = self.reach(realtime_pb2_grpc.RealtimeServiceStub).Connect(iter(outgoing.get, None))
        threading.Timer(self.end - time.monotonic(), call.cancel).start()
        send(hello=realtime_pb2.Hello(protocol_version=1, client_id="pythonista", sdk="grpcio"))
        send("s", join=realtime_pb2.Join(room_id=ROOM_ID))
        updates = 0
        try:
            for frame in call:
                self.count("Connect")
                for message in frame.messages:
                    kind = message.WhichOneof("body")
                    if kind == "heartbeat" and message.heartbeat.echo_ms == 0:
                        send(heartbeat=realtime_pb2.Heartbeat(echo_ms=message.heartbeat.time_ms))
                    elif kind == "state":
                        # A word for every tenth update: 2 a second.
                        updates += 1
                        if updates % 10 == 0:
                            send("s", input=realtime_pb2.Input(seq=updates // 10, kind=1, payload=b'"hello"'))
                    elif kind in ("left", "error", "go_away"):
                        self.fail("Connect", f"the server said {message}")
            self.fail("Connect", "it ended")
        except grpc.RpcError as error:
            self.fail("Connect", f"{error.code()} {error.details()}")
        outgoing.put(None)

    def everything(self):
        def watch(method, stub, request):
            return lambda: self.watch(method, stub(request))

        def lobby():
            return self.reach(lobby_pb2_grpc.LobbyServiceStub)

        def admin():
            return self.reach(admin_pb2_grpc.AdminServiceStub)

        watches = self.reach(watch_pb2_grpc.WatchServiceStub)
        probes = self.reach(health_pb2_grpc.HealthStub)
        stats = admin_pb2.WatchStatsRequest(interval_ms=100)
        room = admin_pb2.WatchRoomRequest(room_id=ROOM_ID, interval_ms=100)
        tasks = [
            self.play,
            self.ask,
            self.make_rooms,
            self.cancel_watches,
            self.reflect,
            watch("Watch", watches.Watch, watch_pb2.WatchRequest(topic=ROOM_ID)),
            watch("WatchRooms", lobby().WatchRooms, lobby_pb2.WatchRoomsRequest()),
            watch("WatchStats", admin().WatchStats, stats),
            watch("WatchRoom", admin().WatchRoom, room),
            watch("HealthWatch", probes.Watch, health_pb2.HealthCheckRequest()),
        ]
        threads = [threading.Thread(target=task) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def report(self):
        """Prints what came of each method, and returns whether all is well."""
        for name in sorted(self.counts.keys() | self.faults.keys()):
            fault = f" FAILED: {self.faults[name]}" if name in self.faults else ""
            print(f"{name} {self.counts.get(name, 0)}{fault}")
        return not self.faults


parser = argparse.ArgumentParser()
parser.add_argument("--target", default="localhost:50051")
parser.add_argument("--seconds", type=float, default=10)
arguments = parser.parse_args()
run = Run(arguments.target, arguments.seconds)
run.everything()
sys.exit(0 if run.report() else 1)
