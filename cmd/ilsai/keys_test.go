package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// TestWeakSecretsRefuseToStart: one clear line that does not repeat the secret, and nothing is made.
func TestWeakSecretsRefuseToStart(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{
		"short": "k3J9x", "well known": "your-256-bit-secret-your-256-bit-secret", "pattern": strings.Repeat("zQ7", 20), "empty": "",
		"a public key": string(publicPEM(t, ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))),
	} {
		base := t.TempDir()
		dir, file := filepath.Join(base, "data"), filepath.Join(base, "secret")
		if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, stderr := runProgram(t, nil, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--jwt-secret-file", file)
		oneLine(t, code, stderr, file)
		if secret != "" && strings.Contains(out+stderr, strings.TrimSpace(secret)) {
			t.Errorf("%s: the secret is repeated: %s", name, stderr)
		}
		if made := files(t, dir); len(made) > 0 {
			t.Errorf("%s: files were made: %v", name, made)
		}
	}
	for name, args := range map[string][]string{
		"no key at all":      {"--data-dir", makeShop(t)},
		"no such file":       {"--jwt-secret-file", "/nowhere/secret"},
		"no such directory":  {"--jwt-public-keys", "/nowhere/keys", "--data-dir", makeShop(t)},
		"http key set":       {"--jwks-url", "http://login.example/keys", "--data-dir", makeShop(t)},
		"login without keys": {"--jwks-url", "https://login.example/keys", "--local-login", "--data-dir", makeShop(t)},
	} {
		code, _, stderr := runProgram(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
		t.Run(name, func(t *testing.T) { oneLine(t, code, stderr) })
	}
}

// TestSecretsShowNowhere looks for every configured secret where others could read it.
func TestSecretsShowNowhere(t *testing.T) {
	t.Parallel()
	const redisPassword = "redis-password-4711"
	dir, secrets := makeShop(t), t.TempDir()
	writeSecret(t, filepath.Join(secrets, "a"), "a")
	env := []string{"ILSAI_REDIS_URL=redis://user:" + redisPassword + "@127.0.0.1:1/0"}
	args := []string{"--data-dir", dir, "--jwt-secret-file", secrets, "--metrics", "--log-level", "debug"}
	s := startServer(t, env, args...)
	if code, _, stderr := runProgram(t, nil, "key", "rotate", "--data-dir", dir, "--jwt-secret-file", secrets); code != 0 {
		t.Fatal(stderr)
	}
	s.signal(t, syscall.SIGHUP)
	s.await(t, reloadedLine)
	token := signed(t, "a", "a")
	_, _ = s.get(t, "/api/ai/features", token)
	if _, _, err := request(http.MethodPost, s.url+"/api/ai/query", token, `{"question": "q", "query_type": "sales"}`); err != nil { // asks Redis
		t.Fatal(err)
	}
	_, metrics := s.get(t, "/metrics", "")
	if !strings.Contains(metrics, "ilsai_http_requests_total") {
		t.Errorf("/metrics: %s", metrics)
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, ready := s.get(t, "/readyz?verbose", "")
	if !strings.Contains(ready, "admits its share") {
		t.Errorf("/readyz does not say that Redis is away: %s", ready)
	}
	code, printed, _ := runProgram(t, append(env, "ILSAI_JWT_SECRET="+secretText("b"), "ILSAI_CONTROL_DSN=postgres://u:pg-password@h/d"), "config", "print")
	_, help, _ := runProgram(t, env, "serve", "--help")
	_, keys, _ := runProgram(t, nil, "key", "list", "--data-dir", dir, "--jwt-secret-file", secrets, "--json")
	_, wrong, _ := runProgram(t, []string{"ILSAI_CONTROL_DSN=postgres://u:pg-password@[::bad/d"}, "tenant", "list")
	_, _, away := runProgram(t, []string{"ILSAI_CONTROL_DSN=postgres://u:pg-password@127.0.0.1:1/d"}, "tenant", "list", "--data-dir", dir)
	s.signal(t, os.Interrupt)
	s.end()
	stored := storedSecrets(t, dir)
	for where, text := range map[string]string{
		"the log": s.everything(), "/metrics": metrics, "ps": string(cmdline), "/readyz": ready, "config print": printed, "--help": help, "key list": keys,
		"a wrong address": wrong, "a database that is away": away,
	} {
		for _, secret := range append(stored, redisPassword, secretText("a"), secretText("b"), "pg-password") {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows a secret:\n%s", where, text)
			}
		}
	}
	if code != 0 || strings.Count(printed, "(hidden)") != 3 {
		t.Errorf("config print: %s", printed)
	}
	oneLine(t, 1, away, "127.0.0.1:1")
}

func storedSecrets(t *testing.T, dir string) (all []string) {
	t.Helper()
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	file, err := store.OpenKeyFile(filepath.Join(dir, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := control.SigningKeys(file).Keys(t.Context())
	if err != nil || len(keys) == 0 {
		t.Fatalf("%v %v", keys, err)
	}
	for _, k := range keys {
		all = append(all, string(k.Secret()), fmt.Sprintf("%x", k.Secret()), base64.StdEncoding.EncodeToString(k.Secret()))
	}
	text, err := os.ReadFile(filepath.Join(dir, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	return append(all, strings.TrimSpace(string(text)))
}

func publicPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// jwt signs the test shop's claims by hand: nothing of ours issues asymmetric tokens.
func jwt(t *testing.T, alg, kid string, sign func(input []byte) []byte) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	header := encode(fmt.Appendf(nil, `{"alg":%q,"typ":"JWT","kid":%q}`, alg, kid))
	claims := encode(fmt.Appendf(nil, `{"user_id":7,"tenant_id":%q,"role":"user","exp":%d}`, testShop, time.Now().Add(time.Hour).Unix()))
	input := header + "." + claims
	return input + "." + encode(sign([]byte(input)))
}

// TestPublicKeys: a server that can sign nothing itself accepts the tokens of the platform's keys, from
// a directory and from a key set.
func TestPublicKeys(t *testing.T) {
	t.Parallel()
	dir, public := makeShop(t), t.TempDir()
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]any{"ed.pem": edPublic, "ec": ecKey.Public(), "rsa.pem": rsaKey.Public()} {
		if err := os.WriteFile(filepath.Join(public, name), publicPEM(t, key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setPublic, setKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	provider := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"from-the-set","x":%q}]}`, base64.RawURLEncoding.EncodeToString(setPublic))
	}))
	defer provider.Close()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: provider.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, []string{"SSL_CERT_FILE=" + roots}, "--data-dir", dir, "--jwt-public-keys", public, "--jwks-url", provider.URL)
	ed := func(key ed25519.PrivateKey) func([]byte) []byte {
		return func(input []byte) []byte { return ed25519.Sign(key, input) }
	}
	for name, token := range map[string]string{
		"EdDSA": jwt(t, "EdDSA", "ed", ed(edKey)), "ES256": jwt(t, "ES256", "ec", es256(t, ecKey)), "RS256": jwt(t, "RS256", "rsa", rs256(t, rsaKey)),
		"key set": jwt(t, "EdDSA", "from-the-set", ed(setKey)),
	} {
		if status, body := s.get(t, "/api/ai/features", token); status != 200 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, _ := s.get(t, "/api/ai/features", jwt(t, "EdDSA", "ed", ed(setKey))); status != 401 {
		t.Errorf("signed with another key: %d", status)
	}
	if err := os.Remove(filepath.Join(public, "ed.pem")); err != nil {
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGHUP)
	s.await(t, reloadedLine)
	if status, _ := s.get(t, "/api/ai/features", jwt(t, "EdDSA", "ed", ed(edKey))); status != 401 {
		t.Errorf("a removed public key: %d", status)
	}
	_, out, _ := runProgram(t, nil, "key", "list", "--data-dir", dir, "--jwt-public-keys", public, "--json")
	var keys []shownKey
	if err := json.Unmarshal([]byte(out), &keys); err != nil || len(keys) != 2 || keys[0].Algorithm != "ES256" || keys[1].Algorithm != "RS256" {
		t.Errorf("key list: %v %s", err, out)
	}
}

// TestKeysAreReadAgainAtEachTick needs no signal.
func TestKeysAreReadAgainAtEachTick(t *testing.T) {
	t.Parallel()
	dir, secrets := makeShop(t), t.TempDir()
	writeSecret(t, filepath.Join(secrets, "a"), "a")
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	keys, err := openKeys(&config{DataDir: dir, JWTSecretFile: secrets}, control)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var log logLines
	log.said = make(chan string, 10)
	work := newBackground(context.Background(), slog.New(slog.NewTextHandler(&log, nil)))
	defer work.close()
	tick := make(chan time.Time)
	work.reloadKeys(keys, ring, tick, nil)
	writeSecret(t, filepath.Join(secrets, "b"), "b")
	if _, err := tenancy.RotateKey(t.Context(), keys.stored, time.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}
	tick <- time.Now()
	if line := <-log.said; !strings.Contains(line, "keys=3") {
		t.Errorf("it said %q", line)
	}
	if got := ring.Keys(); len(got) != 3 {
		t.Errorf("keys: %v", got)
	}
}

// logLines hands every line to a channel.
type logLines struct{ said chan string }

func (l *logLines) Write(b []byte) (int, error) {
	l.said <- string(b)
	return len(b), nil
}
