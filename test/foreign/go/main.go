// Every service of a Roomline server through grpc-go as it comes, over one connection, for as long as it is told.
// Prints a line for each method, "NAME COUNT" or "NAME COUNT FAILED: why", and exits 1 when one failed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/types/known/structpb"

	wire "roomline.test/foreign/gen/roomline/v1"
)

const roomType, roomID = "noisy", "lobby"

// tally counts the answers of each method, and keeps the first failure.
type tally struct {
	mutex  sync.Mutex
	counts map[string]int
	faults map[string]error
}

func (t *tally) note(method string, err error) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if err == nil {
		t.counts[method]++
	} else if t.faults[method] == nil {
		t.faults[method] = err
	}
	return err == nil
}

// report prints what came of each method, and returns whether all is well.
func (t *tally) report() bool {
	methods := map[string]bool{}
	for method := range t.counts {
		methods[method] = true
	}
	for method := range t.faults {
		methods[method] = true
	}
	names := make([]string, 0, len(methods))
	for method := range methods {
		names = append(names, method)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := t.faults[name]; err != nil {
			fmt.Printf("%s %d FAILED: %v\n", name, t.counts[name], err)
		} else {
			fmt.Printf("%s %d\n", name, t.counts[name])
		}
	}
	return len(t.faults) == 0
}

// watch reads a stream of answers to the end of the run; it may not end before.
func watch[M any](ctx context.Context, t *tally, method string, open func(context.Context) (grpc.ServerStreamingClient[M], error)) {
	stream, err := open(ctx)
	for err == nil {
		_, err = stream.Recv()
		if ctx.Err() != nil {
			return
		}
		t.note(method, err)
	}
	if ctx.Err() == nil {
		t.note(method, err)
	}
}

func main() {
	target := flag.String("target", "localhost:50051", "")
	seconds := flag.Float64("seconds", 10, "")
	flag.Parse()
	connection, err := grpc.NewClient(*target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	// No deadline, which the server would know: its answer to that may come before this side knows that the run is over.
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(time.Duration(*seconds*float64(time.Second)), cancel)
	t := &tally{counts: map[string]int{}, faults: map[string]error{}}
	var group sync.WaitGroup
	for _, run := range everything(ctx, connection, t) {
		group.Add(1)
		go func() {
			defer group.Done()
			run()
		}()
	}
	group.Wait()
	connection.Close()
	if !t.report() {
		os.Exit(1)
	}
}

func everything(ctx context.Context, connection *grpc.ClientConn, t *tally) []func() {
	lobby, admin := wire.NewLobbyServiceClient(connection), wire.NewAdminServiceClient(connection)
	watches, probes := wire.NewWatchServiceClient(connection), health.NewHealthClient(connection)
	return []func(){
		func() { play(ctx, t, wire.NewRealtimeServiceClient(connection)) },
		func() { ask(ctx, t, lobby, admin, probes) },
		func() { makeRooms(ctx, t, lobby, admin) },
		func() { cancelWatches(ctx, t, watches) },
		func() { reflect(ctx, t, reflection.NewServerReflectionClient(connection)) },
		func() {
			watch(ctx, t, "Watch", func(ctx context.Context) (grpc.ServerStreamingClient[wire.WatchResponse], error) {
				return watches.Watch(ctx, &wire.WatchRequest{Topic: roomID})
			})
		},
		func() {
			watch(ctx, t, "WatchRooms", func(ctx context.Context) (grpc.ServerStreamingClient[wire.WatchRoomsResponse], error) {
				return lobby.WatchRooms(ctx, &wire.WatchRoomsRequest{})
			})
		},
		func() {
			watch(ctx, t, "WatchStats", func(ctx context.Context) (grpc.ServerStreamingClient[wire.WatchStatsResponse], error) {
				return admin.WatchStats(ctx, &wire.WatchStatsRequest{IntervalMs: 100})
			})
		},
		func() {
			watch(ctx, t, "WatchRoom", func(ctx context.Context) (grpc.ServerStreamingClient[wire.WatchRoomResponse], error) {
				return admin.WatchRoom(ctx, &wire.WatchRoomRequest{RoomId: roomID, IntervalMs: 100})
			})
		},
		func() {
			watch(ctx, t, "HealthWatch", func(ctx context.Context) (grpc.ServerStreamingClient[health.HealthCheckResponse], error) {
				return probes.Watch(ctx, &health.HealthCheckRequest{})
			})
		},
	}
}

// ask calls what has one answer, one call after the other.
func ask(ctx context.Context, t *tally, lobby wire.LobbyServiceClient, admin wire.AdminServiceClient, probes health.HealthClient) {
	for ctx.Err() == nil {
		_, err := lobby.ListRooms(ctx, &wire.ListRoomsRequest{})
		note(ctx, t, "ListRooms", err)
		_, err = lobby.DescribeRoomTypes(ctx, &wire.DescribeRoomTypesRequest{})
		note(ctx, t, "DescribeRoomTypes", err)
		_, err = admin.ListConnections(ctx, &wire.ListConnectionsRequest{})
		note(ctx, t, "ListConnections", err)
		_, err = admin.ListSessions(ctx, &wire.ListSessionsRequest{})
		note(ctx, t, "ListSessions", err)
		_, err = admin.ListRoomStats(ctx, &wire.ListRoomStatsRequest{})
		note(ctx, t, "ListRoomStats", err)
		_, err = admin.Publish(ctx, &wire.PublishRequest{RoomId: roomID, Kind: "said", Payload: &wire.PublishRequest_Json{Json: structpb.NewStringValue("from an operator")}})
		note(ctx, t, "Publish", err)
		_, err = probes.Check(ctx, &health.HealthCheckRequest{})
		note(ctx, t, "HealthCheck", err)
		time.Sleep(2 * time.Millisecond)
	}
}

func makeRooms(ctx context.Context, t *tally, lobby wire.LobbyServiceClient, admin wire.AdminServiceClient) {
	for ctx.Err() == nil {
		made, err := lobby.CreateRoom(ctx, &wire.CreateRoomRequest{RoomType: roomType})
		if !note(ctx, t, "CreateRoom", err) {
			return
		}
		id := made.GetRoom().GetRoomId()
		_, err = lobby.ReserveSeat(ctx, &wire.ReserveSeatRequest{RoomId: id})
		note(ctx, t, "ReserveSeat", err)
		_, err = admin.CloseRoom(ctx, &wire.CloseRoomRequest{RoomId: id})
		note(ctx, t, "CloseRoom", err)
		time.Sleep(100 * time.Millisecond)
	}
}

func cancelWatches(ctx context.Context, t *tally, watches wire.WatchServiceClient) {
	for ctx.Err() == nil {
		stream, err := watches.Watch(ctx, &wire.WatchRequest{Topic: roomID, WatchId: "cancelled"})
		if err == nil {
			_, err = stream.Recv()
		}
		if err == nil {
			_, err = watches.CancelWatch(ctx, &wire.CancelWatchRequest{WatchId: "cancelled"})
		}
		if !note(ctx, t, "CancelWatch", err) {
			return
		}
		for err == nil {
			_, err = stream.Recv()
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func reflect(ctx context.Context, t *tally, client reflection.ServerReflectionClient) {
	stream, err := client.ServerReflectionInfo(ctx)
	for err == nil && ctx.Err() == nil {
		err = stream.Send(&reflection.ServerReflectionRequest{
			MessageRequest: &reflection.ServerReflectionRequest_ListServices{},
		})
		if err == nil {
			_, err = stream.Recv()
		}
		note(ctx, t, "Reflection", err)
		time.Sleep(100 * time.Millisecond)
	}
}

// play joins the room, talks, and answers heartbeats, over the realtime stream.
func play(ctx context.Context, t *tally, client wire.RealtimeServiceClient) {
	stream, err := client.Connect(ctx)
	if err == nil {
		err = stream.Send(frame(
			&wire.ClientMessage{Body: &wire.ClientMessage_Hello{Hello: &wire.Hello{ProtocolVersion: 1, ClientId: "gopher", Sdk: "grpc-go"}}},
			&wire.ClientMessage{SessionId: "s", Body: &wire.ClientMessage_Join{Join: &wire.Join{RoomId: roomID}}},
		))
	}
	seq := uint64(0)
	for err == nil {
		var got *wire.ServerFrame
		got, err = stream.Recv()
		if !note(ctx, t, "Connect", err) {
			return
		}
		for _, each := range got.GetMessages() {
			switch body := each.Body.(type) {
			case *wire.ServerMessage_Heartbeat:
				if body.Heartbeat.EchoMs == 0 {
					err = stream.Send(frame(&wire.ClientMessage{Body: &wire.ClientMessage_Heartbeat{Heartbeat: &wire.Heartbeat{EchoMs: body.Heartbeat.TimeMs}}}))
				}
			case *wire.ServerMessage_State:
				// A word for every tenth update: 2 a second.
				if seq++; seq%10 == 0 {
					err = stream.Send(frame(&wire.ClientMessage{SessionId: "s", Body: &wire.ClientMessage_Input{Input: &wire.Input{Seq: seq / 10, Kind: 1, Payload: []byte(`"hello"`)}}}))
				}
			case *wire.ServerMessage_Left, *wire.ServerMessage_Error, *wire.ServerMessage_GoAway:
				note(ctx, t, "Connect", fmt.Errorf("the server said %v", each))
			}
		}
	}
	note(ctx, t, "Connect", err)
}

func frame(messages ...*wire.ClientMessage) *wire.ClientFrame {
	return &wire.ClientFrame{Messages: messages}
}

// note counts an answer or a failure; what fails because the run is over is neither.
func note(ctx context.Context, t *tally, method string, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	return t.note(method, err)
}
