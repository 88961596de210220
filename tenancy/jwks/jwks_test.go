package jwks

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func rsaJSON(t testing.TB, id string, bits int, more string) string {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"RSA","kid":%q,"n":%q,"e":%q%s}`, id, b64(k.N.Bytes()), b64(big.NewInt(int64(k.E)).Bytes()), more)
}

func ecJSON(t testing.TB, id string) string {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":%q,"x":%q,"y":%q}`, id, b64(point[1:33]), b64(point[33:]))
}

func edJSON(t testing.TB, id string) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":%q,"x":%q}`, id, b64(public))
}

func set(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }

func TestParse(t *testing.T) {
	t.Parallel()
	good := edJSON(t, "good")
	keys, err := parse([]byte(set(rsaJSON(t, "r", 2048, `,"alg":"RS256","use":"sig"`), ecJSON(t, "e"), good,
		rsaJSON(t, "small", 1024, ""), rsaJSON(t, "encrypts", 2048, `,"use":"enc"`), rsaJSON(t, "ops", 2048, `,"key_ops":["encrypt"]`), rsaJSON(t, "pss", 2048, `,"alg":"PS256"`),
		rsaJSON(t, "hs", 2048, `,"alg":"HS256"`), `{"kty":"oct","kid":"secret","k":"AAAA"}`, `{"kty":"EC","crv":"P-256","kid":"offcurve","x":"`+b64(make([]byte, 32))+`","y":"`+b64(make([]byte, 32))+`"}`,
		`{"kty":"EC","crv":"P-521","kid":"p521","x":"AA","y":"AA"}`, `{"kty":"OKP","crv":"Ed25519","kid":"short","x":"AAAA"}`, edJSON(t, ""), `null`, `7`, `{"kid":7}`,
		edJSON(t, "twice"), edJSON(t, "twice"), edJSON(t, "thrice"), edJSON(t, "thrice"), edJSON(t, "thrice"), edJSON(t, "bad id"))))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]tenancy.Algorithm{"r": tenancy.RS256, "e": tenancy.ES256, "good": tenancy.EdDSA}
	for id, alg := range want {
		if keys[id].Algorithm != alg || keys[id].ID != id {
			t.Errorf("%s: got %v, want %s", id, keys[id], alg)
		}
	}
	if len(keys) != len(want) {
		t.Errorf("got %v, want %v", keys, want)
	}
	for name, text := range map[string]string{"empty": "", "no keys": "{}", "none usable": set(`{"kty":"oct"}`), "array": "[]", "HTML": "<html>", "too many": set(strings.Repeat(`{},`, 300) + good)} {
		if got, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

// provider is a server of a key set that can change, fail and count.
type provider struct {
	*httptest.Server
	mu      sync.Mutex
	answer  http.HandlerFunc
	fetched atomic.Int64
}

func newProvider(t *testing.T, text string) *provider {
	t.Helper()
	p := &provider{}
	p.serve(text)
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.fetched.Add(1)
		p.mu.Lock()
		answer := p.answer
		p.mu.Unlock()
		answer(w, r)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of the tests
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func (p *provider) serve(text string) {
	p.handle(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
}

func (p *provider) handle(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = h
}

type clock struct{ nanos atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) Advance(d time.Duration) { c.nanos.Add(int64(d)) }

func newSource(t *testing.T, p *provider) (*Source, *clock) {
	t.Helper()
	c := &clock{}
	c.nanos.Store(time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC).UnixNano())
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	s, err := New(p.URL+"/keys", Options{RootCAs: roots, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func check(t *testing.T, s *Source, p *provider, what, id string, want ilsai.Code, fetches int64) {
	t.Helper()
	k, err := s.PublicKey(t.Context(), id)
	if ilsai.ErrorCode(err) != want || err == nil && k.ID != id || p.fetched.Load() != fetches {
		t.Errorf("%s: got %v, %v after %d fetches, want %q after %d", what, k, err, p.fetched.Load(), want, fetches)
	}
}

// settle waits for a fetch that runs beside an answer.
func settle(s *Source) {
	s.mu.Lock()
	f := s.current
	s.mu.Unlock()
	if f != nil {
		<-f.done
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	a, b := edJSON(t, "a"), edJSON(t, "b")
	p := newProvider(t, set(a))
	s, c := newSource(t, p)
	check(t, s, p, "first", "a", "", 1)
	check(t, s, p, "cached", "a", "", 1)
	for i := range 100 { // made-up ids cost the provider nothing
		check(t, s, p, "unknown", fmt.Sprint("x", i), ilsai.CodeNotFound, 1)
	}
	p.serve(set(a, b))
	check(t, s, p, "new key, too soon", "b", ilsai.CodeNotFound, 1)
	c.Advance(FetchInterval)
	check(t, s, p, "new key", "b", "", 2)
	p.serve(set(b))
	c.Advance(RefreshAge - 1)
	check(t, s, p, "removed, not yet seen", "a", "", 2)
	c.Advance(1)
	check(t, s, p, "new key while the set is renewed", "b", "", p.fetched.Load())
	settle(s)
	check(t, s, p, "removed", "a", ilsai.CodeNotFound, 3)
	c.Advance(2 * RefreshAge)
	p.serve(set(a))
	check(t, s, p, "removed while nobody asked", "b", ilsai.CodeNotFound, 4)
}

func TestProviderAway(t *testing.T) {
	t.Parallel()
	p := newProvider(t, set(edJSON(t, "a")))
	s, c := newSource(t, p)
	p.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	check(t, s, p, "never fetched", "a", ilsai.CodeUnavailable, 1)
	check(t, s, p, "asked again at once", "a", ilsai.CodeUnavailable, 1)
	p.serve(set(edJSON(t, "a")))
	c.Advance(FetchInterval)
	check(t, s, p, "back", "a", "", 2)
	p.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	c.Advance(MaxAge - 1)
	check(t, s, p, "away for a day", "a", "", 3)
	check(t, s, p, "away, unknown id", "b", ilsai.CodeUnavailable, 3)
	c.Advance(FetchInterval)
	check(t, s, p, "away for longer", "a", ilsai.CodeUnavailable, 4)
}

func TestFetchesAreBounded(t *testing.T) {
	t.Parallel()
	good := set(edJSON(t, "a"))
	elsewhere := newProvider(t, good)
	for name, h := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
		"to itself": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusMovedPermanently)
		},
		"endless": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		},
		"padded":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good, strings.Repeat(" ", maxSetBytes)) },
		"no keys": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) },
		"not OK":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	} {
		p := newProvider(t, good)
		s, _ := newSource(t, p)
		p.handle(h)
		check(t, s, p, name, "a", ilsai.CodeUnavailable, 1)
	}
	if n := elsewhere.fetched.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
	p := newProvider(t, good)
	s, err := New(p.URL, Options{}) // its certificate is signed by nobody the system knows
	if err != nil {
		t.Fatal(err)
	}
	check(t, s, p, "unknown certificate", "a", ilsai.CodeUnavailable, 0)
}

// Many who need the set at once share one fetch, and one who gives up spoils it for nobody.
func TestFetchesAreShared(t *testing.T) {
	t.Parallel()
	text := set(edJSON(t, "a"))
	p := newProvider(t, text)
	began, hold := make(chan struct{}), make(chan struct{})
	p.handle(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-hold
		fmt.Fprint(w, text)
	})
	s, _ := newSource(t, p)
	ctx, giveUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := s.PublicKey(ctx, "a")
		gone <- err
	}()
	<-began
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range 50 {
		wg.Go(func() {
			if _, err := s.PublicKey(t.Context(), "a"); err != nil {
				failed.Add(1)
			}
		})
	}
	giveUp()
	if err := <-gone; ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("who gave up: got %v, want %s", err, ilsai.CodeUnavailable)
	}
	close(hold)
	wg.Wait()
	if failed.Load() != 0 || p.fetched.Load() != 1 {
		t.Errorf("%d failed, %d fetches, want 0 and 1", failed.Load(), p.fetched.Load())
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "http://login.example.org/keys", "https://", "https://user:secret@login.example.org/", "https://x/#y", "file:///etc/passwd", "://", "login.example.org"} {
		if _, err := New(address, Options{}); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%q: got %v, want %s", address, err, ilsai.CodeInvalid)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(set(rsaJSON(f, "r", 2048, ""), ecJSON(f, "e"), edJSON(f, "d")))
	f.Add(set(`{"kty":"RSA","kid":"r","n":"","e":"AQAB"}`, `{"kty":"EC","crv":"P-256","kid":"e","x":"AA","y":""}`))
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := parse([]byte(text))
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("got %v, %v", keys, err)
		}
		for id, k := range keys {
			if k.ID != id || k.Secret() != nil || k.Algorithm == tenancy.HS256 || k.Algorithm == "" {
				t.Fatalf("%q: got %v", id, k)
			}
		}
	})
}
