package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ils-platform/ilsai/bench/canary"
)

// canaryClient sends requests and has everything that comes back looked at.
type canaryClient struct {
	http  *http.Client
	url   string
	watch *canary.Watch
	// patient waits as long as a rate limit says and tries again: a live server's limits hold.
	patient bool

	mu         sync.Mutex
	sent       map[string]int         // by kind
	statuses   map[string]map[int]int // by kind; 0: cut
	unexpected []string               // some of the replies that were not wanted
	missed     int                    // all of them
}

func newCanaryClient(url string, watch *canary.Watch, connections int) *canaryClient {
	return &canaryClient{url: url, watch: watch, sent: map[string]int{}, statuses: map[string]map[int]int{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}}
}

// canaryReply is what a client got.
type canaryReply struct {
	status int // 0: it had gone before
	header http.Header
	body   []byte
	said   string // a chat's text, put together
}

// play sends a request and those that follow from it.
func (c *canaryClient) play(ctx context.Context, r *canaryRequest) error {
	for kind := r.kind; r != nil; {
		reply, err := c.send(ctx, r)
		if err != nil {
			return err
		}
		if wait := reply.wait(); c.patient && wait > 0 {
			select {
			case <-time.After(wait):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		c.note(kind, r, reply)
		if r.next == nil || reply.status == 0 {
			return nil
		}
		r = r.next(reply)
	}
	return nil
}

const maxUnexpected = 10

func (c *canaryClient) note(kind string, r *canaryRequest, reply canaryReply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[kind]++
	if c.statuses[kind] == nil {
		c.statuses[kind] = map[int]int{}
	}
	c.statuses[kind][reply.status]++
	if reply.status == 0 || len(r.wanted) == 0 || slices.Contains(r.wanted, reply.status) {
		return
	}
	if c.missed++; len(c.unexpected) < maxUnexpected {
		c.unexpected = append(c.unexpected, fmt.Sprintf("%s: %s %s: status %d: %.200s", kind, r.method, r.path, reply.status, reply.body))
	}
}

// send sends one request. A client that is to go away hangs up: its connection is closed.
func (c *canaryClient) send(ctx context.Context, r *canaryRequest) (canaryReply, error) {
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	if r.cut == cutSent {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { hangUp() }})
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.url+r.path, strings.NewReader(r.body))
	if err != nil {
		return canaryReply{}, err
	}
	if r.shop.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.shop.token)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	reply := canaryReply{}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.gone(r, reply, err)
	}
	defer resp.Body.Close()
	reply.status, reply.header = resp.StatusCode, resp.Header
	if r.cut == cutHead {
		hangUp()
	}
	for chunk := make([]byte, 16<<10); err == nil; {
		var n int
		n, err = resp.Body.Read(chunk)
		reply.body = append(reply.body, chunk[:n]...)
		if n > 0 && r.cut == cutFirst {
			hangUp()
		}
	}
	reply.said = chatText(reply.body)
	c.look(r, reply)
	if !errors.Is(err, io.EOF) {
		return c.gone(r, reply, err)
	}
	return reply, nil
}

// gone is how a request ends whose client hung up; any other failure of the connection is an error.
func (c *canaryClient) gone(r *canaryRequest, reply canaryReply, err error) (canaryReply, error) {
	reply.status = 0
	if r.cut != cutNever && errors.Is(err, context.Canceled) {
		return reply, nil
	}
	return reply, fmt.Errorf("%s %s: %w", r.method, r.path, err)
}

// look has the head, the body and a chat's text looked at. Pieces of a stream may cut a word apart, so the text is
// looked at as a whole as well.
func (c *canaryClient) look(r *canaryRequest, reply canaryReply) {
	var head bytes.Buffer
	_ = reply.header.Write(&head) // a buffer takes everything
	by := string(r.shop.id)
	c.watch.Saw(by, "reply head", head.Bytes())
	where := "reply"
	switch {
	case reply.header.Get("Idempotency-Replayed") == "true":
		where = "replayed reply"
	case bytes.Contains(reply.body, []byte(`"from_cache":true`)):
		where = "cached reply"
	case reply.status >= http.StatusBadRequest:
		where = "error"
	case r.method == http.MethodGet:
		where = "page"
	case r.stream:
		where = "stream"
	}
	c.watch.Saw(by, where, reply.body)
	if reply.said != "" {
		c.watch.Saw(by, "chat", []byte(reply.said))
	}
}

// chatText is the text of a completion or of the chunks of its stream; "" for anything else.
func chatText(body []byte) string {
	var text strings.Builder
	add := func(data []byte) {
		var c struct {
			Choices []struct{ Message, Delta struct{ Content string } }
		}
		if json.Unmarshal(data, &c) == nil {
			for _, choice := range c.Choices {
				text.WriteString(choice.Message.Content + choice.Delta.Content)
			}
		}
	}
	if !bytes.HasPrefix(body, []byte("data: ")) {
		add(body)
		return text.String()
	}
	for line := range bytes.Lines(body) {
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			add(data)
		}
	}
	return text.String()
}
