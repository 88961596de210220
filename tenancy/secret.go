package tenancy

import (
	"strings"

	"github.com/ils-platform/ilsai"
)

// MinSecretBytes is the shortest HS256 secret. RFC 7518 section 3.2: a key of at least the hash's size.
const MinSecretBytes = 32

// weakMarkers are parts of the secrets that documentation, tutorials and templates hand out. A
// random secret of this length practically never contains one.
var weakMarkers = []string{
	"changeme", "change-me", "change_me", "changethis", "change-this", "change_this", "change-in-prod", "change_in_prod",
	"replaceme", "replace-me", "replace_me", "replace-this", "replace_this", "placeholder", "do-not-use", "donotuse",
	"your-secret", "your_secret", "yoursecret", "your-256", "your_256", "your-512", "your-jwt", "your_jwt", "your-super",
	"your-very", "your_very", "your-own", "yourkey", "your-key", "your_key", "my-secret", "my_secret", "mysecret",
	"my-super", "my_super", "super-secret", "super_secret", "supersecret", "very-secret", "very_secret", "verysecret",
	"top-secret", "top_secret", "topsecret", "some-secret", "some_secret", "somesecret", "a-string-secret",
	"secret-key", "secret_key", "secretkey", "secret-token", "secret_token", "jwt-secret", "jwt_secret", "jwtsecret",
	"this-is-a", "this_is_a", "thisisa", "this is a", "at-least-32", "at_least_32", "atleast32", "at-least-256", "32-char", "32char",
	"password", "passw0rd", "letmein", "qwertyuiop", "qwerty123", "insecure", "unsafe", "example", "testsecret", "test-secret", "test_secret",
	"development", "dev-secret", "dev_secret", "devsecret", "keyboard cat", "keyboardcat", "correct horse", "correcthorse",
	"lorem ipsum", "0123456789", "1234567890", "abcdefghij", "deadbeefdeadbeef", "shhhhh", "hello world", "helloworld", "hs256-secret",
	"gcp-secret", "django-insecure", "node-secret", "admin123", "foobar", "s3cr3t", "secretsecret", "trustno1",
}

// CheckSecret refuses a signing secret that is too short or guessable, as ilsai.CodeInvalid: a token
// signed with it could be forged. The message never repeats the secret.
func CheckSecret(secret []byte) error {
	const advice = "Make one with: openssl rand -hex 32"
	if len(secret) < MinSecretBytes {
		return ilsai.Errorf(ilsai.CodeInvalid, "The token secret has %d bytes and needs at least %d. %s", len(secret), MinSecretBytes, advice)
	}
	lower := strings.ToLower(string(secret))
	for _, m := range weakMarkers {
		if strings.Contains(lower, m) {
			return ilsai.Errorf(ilsai.CodeInvalid, "The token secret is a well-known or placeholder one. %s", advice)
		}
	}
	if repeats(secret) || distinctBytes(secret) < 8 {
		return ilsai.Errorf(ilsai.CodeInvalid, "The token secret is a repeated pattern and easy to guess. %s", advice)
	}
	return nil
}

// repeats reports whether secret is a shorter text written over and over.
func repeats(secret []byte) bool {
	for period := 1; period <= len(secret)/2; period++ {
		same := true
		for i := period; i < len(secret) && same; i++ {
			same = secret[i] == secret[i-period]
		}
		if same {
			return true
		}
	}
	return false
}

func distinctBytes(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}
