package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/bench/canary"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// runCanary runs a small one and returns its bars by name, with all it printed.
func runCanary(t *testing.T, requests int, edit func(*app, *gateway) error) (map[string]bar, string) {
	t.Helper()
	c, err := load(t, []string{"--threads=1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := newMeasurement("canary", io.Discard)
	m.bars, err = benchCanary(t.Context(), c, canaryOptions{shops: 5, requests: requests, connections: 16, seed: 7, edit: edit}, m)
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	if err := m.print(&printed, false); err != nil {
		t.Fatal(err)
	}
	byName := map[string]bar{}
	for _, b := range m.bars {
		byName[b.Name] = b
	}
	return byName, printed.String()
}

func TestCanary(t *testing.T) {
	t.Parallel()
	bars, printed := runCanary(t, 200, nil)
	for _, b := range bars {
		if !b.Holds {
			t.Errorf("%s is %v, bar %v", b.Name, b.Value, *b.Limit)
		}
	}
	if bars["requests"].Value < 200 || bars["rows searched"].Value < 100 {
		t.Errorf("%+v", bars)
	}
	// What was planted travelled: a search that finds nothing anywhere would prove nothing.
	for _, seen := range []string{"product cached reply", "product replayed reply", "product stream", "brand reply", "store reply", "question reply", "request id log",
		"product table idempotency_keys", "question table ai_usage_logs", "name table tenants", "title table conversations", "product table conversation_messages", "sku file sales.db"} {
		if !strings.Contains(strings.Join(strings.Fields(printed), " "), seen) {
			t.Errorf("no shop's own secret: %s", seen)
		}
	}
	if t.Failed() {
		t.Log(printed)
	}
}

// TestCanaryFindsFaults puts faults into the server that tests alone can put there. Each is one that a shipped
// server has been seen to have, or could have by one word left out.
func TestCanaryFindsFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault func(*app, *gateway) error
		bar   string
		shows string // in the table of secrets that others saw
	}{
		"now and then another shop's file is opened": {strayData, "secrets of others in replies", "product"},
		"equal questions share an answer":            {shareAnswers, "secrets of others in replies", "product"},
		"an idempotency key is looked up by itself":  {keysOfAll, "secrets of others in replies", "replayed reply"},
		"all chats have one scope":                   {oneScope, "cached tokens of others' chats", ""},
		"a usage row gets the question of another":   {wrongRows, "secrets of others in stored rows", "table ai_usage_logs"},
		"a line of the log is about two shops":       {chattyLog, "secrets of others in the log", "log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bars, printed := runCanary(t, 120, c.fault)
			if b, ok := bars[c.bar]; !ok || b.Holds || !strings.Contains(printed, c.shows) {
				t.Errorf("not found: %+v\n%s", b, printed)
			}
			if _, leaks, _ := strings.Cut(printed, "Secrets that others saw"); c.shows != "" && !strings.Contains(leaks, c.shows) {
				t.Errorf("not shown:\n%s", printed)
			}
		})
	}
}

// everySeventh is a fault that shows now and then.
const everySeventh = 7

type strayDataSource struct {
	dataSource
	n *atomic.Int64
}

func (d strayDataSource) Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (assistant.Snapshot, error) {
	if d.n.Add(1)%everySeventh == 0 && tenant != benchTenant(0) {
		tenant = benchTenant(0)
	}
	return d.dataSource.Snapshot(ctx, tenant, domain)
}

func strayData(a *app, g *gateway) (err error) {
	g.server.Asker, err = assistant.New(assistant.Options{
		Generator: generator{engine: a.engine}, Data: strayDataSource{dataSource{&app{data: a.data}}, new(atomic.Int64)},
		Catalogues: []*semantic.Catalogue{semantic.Sales()}, Profile: a.engine.Info().Profile, Model: a.modelName,
	})
	return err
}

// sharingAsker answers as it answered the same question before, whoever asked.
type sharingAsker struct {
	server.Asker
	answers *sync.Map
}

func (s sharingAsker) Ask(ctx context.Context, q assistant.Question) (assistant.Answer, error) {
	if known, ok := s.answers.Load(q.Text); ok {
		return known.(assistant.Answer), nil
	}
	a, err := s.Asker.Ask(ctx, q)
	if err == nil {
		s.answers.Store(q.Text, a)
	}
	return a, err
}

func shareAnswers(_ *app, g *gateway) error {
	g.server.Asker = sharingAsker{g.server.Asker, &sync.Map{}}
	return nil
}

// keyLedger finds a stored reply by its key alone.
type keyLedger struct {
	admission.Ledger
	replies *sync.Map
}

func (l keyLedger) Admit(ctx context.Context, a tenancy.Admission) (tenancy.Admitted, error) {
	if a.Key != nil {
		if known, ok := l.replies.Load(a.Key.Key); ok {
			reply := known.(tenancy.StoredReply)
			return tenancy.Admitted{Replay: &reply}, nil
		}
	}
	return l.Ledger.Admit(ctx, a)
}

func (l keyLedger) Settle(ctx context.Context, s tenancy.Settlement) error {
	if s.Key != "" && s.Reply != nil {
		l.replies.Store(s.Key, *s.Reply)
	}
	return l.Ledger.Settle(ctx, s)
}

func keysOfAll(_ *app, g *gateway) error {
	g.server.Desk.Ledger = keyLedger{g.server.Desk.Ledger, &sync.Map{}}
	return nil
}

type oneScopeModel struct{ server.ChatModel }

func (m oneScopeModel) Chat(ctx context.Context, c server.Chat) (server.ChatStream, error) {
	c.Scope = "everybody"
	return m.ChatModel.Chat(ctx, c)
}

func oneScope(_ *app, g *gateway) error {
	g.server.Chat = oneScopeModel{g.server.Chat}
	return nil
}

// mixingLedger now and then records the question before, whosever it was.
type mixingLedger struct {
	admission.Ledger
	last *atomic.Pointer[string]
}

func (l mixingLedger) Settle(ctx context.Context, s tenancy.Settlement) error {
	question := s.Event.Question
	if before := l.last.Swap(&question); before != nil {
		s.Event.Question = *before
	}
	return l.Ledger.Settle(ctx, s)
}

func wrongRows(_ *app, g *gateway) error {
	g.server.Desk.Ledger = mixingLedger{g.server.Desk.Ledger, &atomic.Pointer[string]{}}
	return nil
}

// chattyAsker logs the question with the one before.
type chattyAsker struct {
	server.Asker
	log  func(msg string, args ...any)
	last *atomic.Pointer[string]
}

func (s chattyAsker) Ask(ctx context.Context, q assistant.Question) (assistant.Answer, error) {
	s.log("asked", "request_id", q.RequestID, "before", s.last.Swap(&q.RequestID))
	return s.Asker.Ask(ctx, q)
}

func chattyLog(a *app, g *gateway) error {
	g.server.Asker = chattyAsker{g.server.Asker, a.log.Info, &atomic.Pointer[string]{}}
	return nil
}

// TestCanaryOnALiveServer has a canary ask a server that it did not start, for tenants of a file. In their data
// nothing is planted; request ids, which stored replies hold, give a leak away all the same.
func TestCanaryOnALiveServer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*app, *gateway) error{"sound": nil, "keys of all": keysOfAll} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := load(t, []string{"--threads=1"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			c, remove, err := canaryConfig(c)
			if err != nil {
				t.Fatal(err)
			}
			defer remove()
			issuer, err := tenancy.NewTokenIssuer([]byte(c.JWTSecret), tenancy.TokenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			words := canary.NewWords(1)
			shops, err := makeCanaryShops(t.Context(), c.DataDir, issuer, words, 3)
			if err != nil {
				t.Fatal(err)
			}
			path, lines := filepath.Join(t.TempDir(), "tenants.txt"), "# a comment\n"
			for _, s := range shops {
				lines += fmt.Sprintf("%s %s\n", s.id, s.token)
			}
			if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := startCanaryServer(t.Context(), c, canaryLog(canary.NewWatch(words)), fault)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.stop(); err != nil {
					t.Error(err)
				}
			}()
			live, out := newBenchCanary(), strings.Builder{}
			live.SetOut(&out)
			live.SetErr(io.Discard)
			live.SetArgs([]string{"--url", s.url, "--tokens", path, "--requests", "100", "--seed", "3", "--json"})
			if err := live.ExecuteContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			var told struct{ Bars []bar }
			if err := json.Unmarshal([]byte(out.String()), &told); err != nil {
				t.Fatal(err)
			}
			found := map[string]float64{}
			for _, b := range told.Bars {
				found[b.Name] = b.Value
			}
			if found["requests"] < 100 || found["texts searched"] < 100 || (found["secrets of others in replies"] > 0) != (fault != nil) {
				t.Errorf("%v\n%s", found, out.String())
			}
		})
	}
}
