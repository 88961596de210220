package provision

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/ils-platform/ilsai"
)

// newPassword has 256 random bits and no character that an address would have to escape.
func newPassword() (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// verifier is what the server keeps of a password (RFC 5803). Sending it instead of the password keeps
// the password out of the server's logs.
func verifier(password string) (string, error) {
	const iterations = 4096 // PostgreSQL's own; the password is random, so more would add nothing
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	clientKey, serverKey := mac(salted, "Client Key"), mac(salted, "Server Key")
	stored := sha256.Sum256(clientKey)
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, b64(salt), b64(stored[:]), b64(serverKey)), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
