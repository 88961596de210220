package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
)

// traffic sends prepared HTTP requests over connections that stay open. It reads no more of a reply than
// it must, so that it takes little of the machine from the server.
type traffic struct {
	address string
	server  int // its process
	conns   int
	status  string // of every reply, such as "200"; "": any
	mark    []byte // what every reply holds; another reply ends the run
}

// schedule says which requests to send, in turn, and when: count of them at a rate, each on its own
// intended time however late the ones before it are; or, without a rate, as fast as they are answered.
type schedule struct {
	requests  [][]byte
	count     int           // 0: as many as fit into lasts
	perSecond int           // 0: no rate
	lasts     time.Duration // 0: until count
}

// taken is what a run measured.
type taken struct {
	latencies    []float64 // ms, from the intended time
	took         time.Duration
	server, self float64 // µs of CPU a request
}

func (t taken) perSecond() float64         { return float64(len(t.latencies)) / t.took.Seconds() }
func (t taken) quantile(q float64) float64 { return quantile(t.latencies, q) }

func (l *traffic) run(ctx context.Context, s schedule) (taken, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var wg sync.WaitGroup
	all, errs := make([][]float64, l.conns), make([]error, l.conns)
	server, self, err := cpuTimes(l.server)
	if err != nil {
		return taken{}, err
	}
	began := time.Now()
	for i := range l.conns {
		wg.Go(func() {
			if all[i], errs[i] = l.client(ctx, s, began, &next); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	out := taken{took: time.Since(began)}
	for _, latencies := range all {
		out.latencies = append(out.latencies, latencies...)
	}
	serverAfter, selfAfter, err := cpuTimes(l.server)
	n := float64(len(out.latencies))
	out.server, out.self = float64((serverAfter-server).Microseconds())/n, float64((selfAfter-self).Microseconds())/n
	return out, errors.Join(err, errors.Join(errs...))
}

// cpuTimes are what the server and this process have used so far. Linux only.
func cpuTimes(server int) (theirs, own time.Duration, err error) {
	if own, err = cpuTime(os.Getpid()); err == nil {
		theirs, err = cpuTime(server)
	}
	return theirs, own, err
}

// cpuTime sums the fields utime and stime, in ticks of 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), ") ") // after the program's name
	var user, system int64
	if fields := strings.Fields(rest); len(fields) > 12 {
		_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	}
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// client is one connection: it takes the next request that nobody has taken, waits for its time, and sends it.
func (l *traffic) client(ctx context.Context, s schedule, began time.Time, next *atomic.Int64) (latencies []float64, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	var body []byte
	for ctx.Err() == nil {
		i := int(next.Add(1)) - 1
		intended := time.Now()
		switch {
		case s.count > 0 && i >= s.count, s.lasts > 0 && intended.Sub(began) >= s.lasts:
			return latencies, nil
		case s.perSecond > 0:
			intended = began.Add(time.Duration(i) * time.Second / time.Duration(s.perSecond))
			time.Sleep(time.Until(intended))
		}
		if _, err := conn.Write(s.requests[i%len(s.requests)]); err != nil {
			return nil, err
		}
		if body, err = l.read(replies, body[:0]); err != nil {
			return nil, err
		}
		latencies = append(latencies, float64(time.Since(intended).Microseconds())/1000)
	}
	return latencies, nil
}

// read takes one reply, head and body, and says whether it is the wanted one.
func (l *traffic) read(r *bufio.Reader, reply []byte) ([]byte, error) {
	size := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return reply, err
		}
		if reply = append(reply, line...); len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return reply, err
			}
		}
	}
	head := len(reply)
	reply = append(reply, make([]byte, size)...)
	if _, err := io.ReadFull(r, reply[head:]); err != nil {
		return reply, err
	}
	if !bytes.HasPrefix(reply, []byte("HTTP/1.1 "+l.status)) || !bytes.Contains(reply, l.mark) {
		return reply, &ilsai.Error{Code: ilsai.CodeInternal, Message: "the server gave another reply than the one to be measured",
			Err: fmt.Errorf("%.600q", reply)}
	}
	return reply, nil
}
