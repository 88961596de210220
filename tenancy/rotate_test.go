package tenancy_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// keyTable is a KeyStore in memory.
type keyTable struct {
	mu   sync.Mutex
	keys []tenancy.Key
	err  error
}

func (s *keyTable) AddKey(_ context.Context, k tenancy.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, k)
	return s.err
}

func (s *keyTable) RetireKey(_ context.Context, id string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keys {
		if s.keys[i].ID == id {
			s.keys[i].RetiresAt = at
		}
	}
	return s.err
}

func (s *keyTable) Keys(context.Context) ([]tenancy.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]tenancy.Key(nil), s.keys...), s.err
}

// Several processes share a store, each reading it now and then, while keys are rotated at random:
// a token that one has issued is accepted by every other for its whole life, and by none after its key
// was ended at once.
func TestRotationAcrossProcesses(t *testing.T) {
	t.Parallel()
	const lifetime = time.Hour
	rapid.Check(t, func(t *rapid.T) {
		cl, table := newClock(), &keyTable{}
		if _, err := tenancy.RotateKey(context.Background(), table, cl.Now(), 0); err != nil {
			t.Fatal(err)
		}
		type process struct {
			ring   *tenancy.Keyring
			reread time.Time
		}
		processes := make([]process, 3)
		reload := func(p *process) {
			if err := p.ring.Reload(context.Background(), table); err != nil {
				t.Fatal(err)
			}
			p.reread = cl.Now()
		}
		for i := range processes {
			ring, err := tenancy.NewKeyring(table.keys, tenancy.KeyringOptions{Now: cl.Now})
			if err != nil {
				t.Fatal(err)
			}
			processes[i] = process{ring, cl.Now()}
		}
		pass := func(seconds int) {
			cl.Advance(time.Duration(seconds) * time.Second)
			for i := range processes { // each reads every 30 seconds at most
				if patience := rapid.IntRange(1, 30).Draw(t, "patience"); cl.Now().Sub(processes[i].reread) >= time.Duration(patience)*time.Second {
					reload(&processes[i])
				}
			}
		}
		o := tenancy.TokenOptions{Now: cl.Now}
		type issued struct {
			token string
			until time.Time
		}
		var tokens []issued
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			p := &processes[rapid.IntRange(0, len(processes)-1).Draw(t, "process")]
			switch rapid.SampledFrom([]string{"issue", "verify", "wait", "rotate"}).Draw(t, "step") {
			case "issue":
				token, err := tenancy.NewKeyringIssuer(p.ring, o).Issue(tenancy.Claims{UserID: "1", TenantID: "abc123"}, lifetime)
				if err != nil {
					t.Fatal(err)
				}
				tokens = append(tokens, issued{token, cl.Now().Add(lifetime)})
			case "verify":
				for _, i := range tokens {
					if _, err := tenancy.NewKeyringVerifier(p.ring, o).Verify(i.token); err != nil && cl.Now().Before(i.until) {
						t.Fatalf("a token good until %v is refused at %v: %v", i.until, cl.Now(), err)
					}
				}
			case "rotate":
				pass(1) // two keys are never made in one moment
				if _, err := tenancy.RotateKey(context.Background(), table, cl.Now(), lifetime+tenancy.KeySpread); err != nil {
					t.Fatal(err)
				}
			default:
				pass(rapid.IntRange(0, 29).Draw(t, "seconds"))
			}
		}
		if _, err := tenancy.RotateKey(context.Background(), table, cl.Now(), 0); err != nil {
			t.Fatal(err)
		}
		for i := range processes {
			reload(&processes[i])
			for _, old := range tokens {
				if _, err := tenancy.NewKeyringVerifier(processes[i].ring, o).Verify(old.token); ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
					t.Fatalf("after the end of its key: got %v, want %s", err, ilsai.CodeUnauthenticated)
				}
			}
		}
	})
}

func TestReloadKeepsTheKeysWhenTheStoreIsAway(t *testing.T) {
	t.Parallel()
	table := &keyTable{keys: []tenancy.Key{secretKey(t, "a", secret, now)}}
	fixed := secretKey(t, "", oldSecret, now)
	ring := newRing(t, fixed)
	if err := ring.Reload(t.Context(), table, fixed); err != nil {
		t.Fatal(err)
	}
	table.err = ilsai.Wrap(ilsai.CodeUnavailable, errors.New("disk"), "The records are away.")
	if err := ring.Reload(t.Context(), table, fixed); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("got %v, want %s", err, ilsai.CodeUnavailable)
	}
	if got := ring.Keys(); len(got) != 2 {
		t.Errorf("got %v, want both keys as before", got)
	}
	if _, err := tenancy.RotateKey(t.Context(), table, now, -1); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
		t.Errorf("a negative overlap: got %v, want %s", err, ilsai.CodeInvalid)
	}
}
