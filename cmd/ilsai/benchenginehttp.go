package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama/engine"
)

// chatServer is 'ilsai serve' in a process of its own, with a shop for each stream.
type chatServer struct {
	*benchServer

	client *completions
	tokens []string
}

func startChatServer(ctx context.Context, c *config, streams int, m *measurement) (*chatServer, error) {
	m.sayf("starting a server")
	g, err := newBenchServer(ctx, c, benchShops{count: streams, chats: true})
	if err != nil {
		return nil, err
	}
	if _, err := g.start(ctx); err != nil {
		g.remove()
		return nil, err
	}
	s := &chatServer{benchServer: g, client: newCompletions("http://"+g.address+"/v1", "ilsai", streams)}
	for i := range streams {
		s.tokens = append(s.tokens, g.token(i))
	}
	return s, nil
}

func (s *chatServer) close() {
	s.client.close()
	s.stop()
	s.remove()
}

// streamWords are so few that prompts of all streams are read in a step or two.
const streamWords = 8

// together streams a chat from each of the first so many shops at once.
func (s *chatServer) together(ctx context.Context, streams, tokens int, seed uint64) (run bench.Run, prompt int, err error) {
	var mu sync.Mutex
	run, err = bench.Load{Workers: streams, Count: streams, StopOnError: true}.Run(ctx, func(ctx context.Context, i int, e *bench.Event) error {
		used, err := s.client.stream(ctx, completionOrder{
			token: s.tokens[i], text: promptOf(seed, i, streamWords, 0), maxTokens: tokens, seed: uint32(i),
		}, e)
		mu.Lock()
		defer mu.Unlock()
		prompt = max(prompt, used.Prompt)
		return err
	})
	return run, prompt, err
}

// costedRun is a run with the milliseconds of CPU that a token took on either side. Prompts are in it.
type costedRun struct {
	bench.Run

	server, client float64
}

// overlapping is together until there was a time in which all streams were in the middle of their answers, and the
// speed in that time. Short answers of a small model may be over before the last one has begun.
func (s *chatServer) overlapping(ctx context.Context, o engineOptions, seed uint64) (run costedRun, perSecond float64, err error) {
	const tries = 10
	for range tries {
		server, client, err := cpuTimes(s.cmd.Process.Pid)
		if err != nil {
			return run, 0, err
		}
		if run.Run, _, err = s.together(ctx, o.streams, o.tokens, seed); err != nil {
			return run, 0, err
		}
		serverAfter, clientAfter, err := cpuTimes(s.cmd.Process.Pid)
		if err != nil {
			return run, 0, err
		}
		each := float64(o.streams * o.tokens)
		run.server, run.client = bench.Millis(serverAfter-server)/each, bench.Millis(clientAfter-client)/each
		if perSecond = run.Steady(); perSecond > 0 {
			return run, perSecond, nil
		}
	}
	return run, 0, ilsai.Errorf(ilsai.CodeInvalid, "answers of %d tokens are over before all streams have begun: set more with --answer-tokens", o.tokens)
}

// benchThroughHTTP streams chats from a server, in turn with a bare loop in this process on the same model, with
// prompts of that length. What is compared is decoding: the time in which all streams are in the middle of their answers.
func benchThroughHTTP(ctx context.Context, c *config, o engineOptions, m *measurement) ([]bar, error) {
	s, err := startChatServer(ctx, c, o.streams, m)
	if err != nil {
		return nil, err
	}
	defer s.close()
	bare, err := engine.OpenBare(modelToBench(c, m))
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	_, prompt, err := s.together(ctx, o.streams, o.tokens, o.seed) // warms up, and tells how long a prompt is
	if err != nil {
		return nil, err
	}
	var alone, through, ratios, first, gaps, bareCPU, serverCPU, clientCPU bench.Samples
	for round := range o.rounds {
		m.sayf("%d streams of %d tokens over HTTP and in a bare loop, round %d of %d", o.streams, o.tokens, round+1, o.rounds)
		run, steady, err := s.overlapping(ctx, o, o.seed+uint64(round)+1)
		if err != nil {
			return nil, err
		}
		serverCPU, clientCPU = append(serverCPU, run.server), append(clientCPU, run.client)
		_, before, err := cpuTimes(s.cmd.Process.Pid)
		if err != nil {
			return nil, err
		}
		speed, err := bare.Decode(o.streams, prompt, o.tokens)
		if err != nil {
			return nil, err
		}
		_, after, err := cpuTimes(s.cmd.Process.Pid)
		if err != nil {
			return nil, err
		}
		bareCPU = append(bareCPU, bench.Millis(after-before)/float64(o.streams*o.tokens))
		alone, through, ratios = append(alone, speed), append(through, steady), append(ratios, steady/speed)
		first, gaps = append(first, run.First()...), append(gaps, run.Gaps()...)
	}
	return []bar{
		figure(fmt.Sprintf("decode bare, %d streams", o.streams), alone.Median(), "tokens/s"),
		figure(fmt.Sprintf("decode over HTTP, %d streams", o.streams), through.Median(), "tokens/s"),
		figure("CPU of a token, bare", bareCPU.Median(), "ms"), figure("CPU of a token, server", serverCPU.Median(), "ms"), figure("CPU of a token, client", clientCPU.Median(), "ms"),
		figure("over HTTP, first token, p50", first.Median(), "ms"),
		figure("over HTTP, between tokens, p95", gaps.Quantile(0.95), "ms"),
		atLeast("decode over HTTP, ratio", ratios.Median(), "HTTP/bare", schedulerBar),
	}, nil
}

// benchSlowReader streams beside a client that reads as fast as it can, and beside one that reads a byte a second, in turn.
func benchSlowReader(ctx context.Context, c *config, o engineOptions, m *measurement) ([]bar, error) {
	s, err := startChatServer(ctx, c, o.streams, m)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if _, _, err := s.together(ctx, o.streams, o.tokens, o.seed); err != nil {
		return nil, err
	}
	var p95, read [2]bench.Samples // beside a fast reader, and a slow one
	for round := range 2 * o.rounds {
		slow := round % 2
		m.sayf("beside a client that reads %s, round %d of %d", []string{"at once", "1 byte a second"}[slow], round/2+1, o.rounds)
		run, bytes, err := s.beside(ctx, o, slow == 1, uint64(round))
		if err != nil {
			return nil, err
		}
		p95[slow], read[slow] = append(p95[slow], run.Gaps().Quantile(0.95)), append(read[slow], float64(bytes))
	}
	ratios := make(bench.Samples, o.rounds)
	for i := range ratios {
		ratios[i] = p95[1][i] / p95[0][i]
	}
	return []bar{
		figure("beside a fast reader, p95", p95[0].Median(), "ms"), figure("beside a slow reader, p95", p95[1].Median(), "ms"),
		figure("bytes the slow reader had", read[1].Median(), "bytes"), figure("bytes the fast reader had", read[0].Median(), "bytes"),
		atMost("between others' tokens, slow reader", ratios.Median(), "slow/fast", slowReaderBar),
	}, nil
}

// longAnswer is what the reader beside the others asks for: it is still being answered when they are done.
const longAnswer = 800

// beside streams from all shops but the last, whose client is one connection that reads on its own.
func (s *chatServer) beside(ctx context.Context, o engineOptions, slow bool, round uint64) (run bench.Run, read int, err error) {
	last := len(s.tokens) - 1
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return run, 0, err
	}
	if slow {
		if err := conn.(*net.TCPConn).SetReadBuffer(1); err != nil { // the least that the kernel has
			return run, 0, errors.Join(err, conn.Close())
		}
	}
	body := s.client.body(completionOrder{text: promptOf(o.seed, last, streamWords, 0), maxTokens: longAnswer})
	if _, err := fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		s.address, s.tokens[last], len(body), body); err != nil {
		return run, 0, errors.Join(err, conn.Close())
	}
	reading, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	reader.Go(func() { read = readSlowly(reading, conn, slow) })
	run, _, err = s.together(ctx, last, o.tokens, o.seed+round)
	stop()
	err = errors.Join(err, conn.Close())
	reader.Wait()
	return run, read, err
}

// readSlowly reads until ctx is done or the connection ends, all that comes or a byte a second.
func readSlowly(ctx context.Context, conn io.Reader, slow bool) (read int) {
	if !slow {
		n, _ := io.Copy(io.Discard, conn) // ends when the connection is closed
		return int(n)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return read
		}
		n, err := conn.Read(make([]byte, 1))
		if read += n; err != nil {
			return read
		}
	}
}
