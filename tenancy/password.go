package tenancy

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/ils-platform/ilsai"
)

const (
	minPasswordRunes = 12
	maxPasswordBytes = 1024
	saltBytes        = 16
	hashBytes        = 32
)

// PasswordCost is how much work one guess is. It is stored with each hash, so it may be raised later.
type PasswordCost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultPasswordCost is OWASP's recommendation for argon2id: 19 MiB, two passes, one thread.
var DefaultPasswordCost = PasswordCost{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

type passwordHash struct {
	cost      PasswordCost
	salt, sum []byte
}

// HashPassword hashes a password with argon2id into the usual text form ($argon2id$v=19$m=…).
func HashPassword(password string, cost PasswordCost) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.MemoryKiB, cost.Passes, cost.Threads,
		b64(salt), b64(derive(password, salt, cost))), nil
}

// derive composes first (NFKC): keyboards differ in how they send an accented letter.
func derive(password string, salt []byte, cost PasswordCost) []byte {
	return argon2.IDKey(norm.NFKC.Bytes([]byte(password)), salt, cost.Passes, cost.MemoryKiB, cost.Threads, hashBytes)
}

func (h passwordHash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.sum, derive(password, h.salt, h.cost)) == 1
}

// parseHash refuses costs that could only be damage: following them would take the machine's memory.
func parseHash(s string) (passwordHash, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return passwordHash{}, errors.New("not an argon2id hash")
	}
	var h passwordHash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.MemoryKiB, &h.cost.Passes, &h.cost.Threads); err != nil {
		return passwordHash{}, fmt.Errorf("cost of a hash: %w", err)
	}
	if c := h.cost; c.MemoryKiB < 8 || c.MemoryKiB > 256<<10 || c.Passes < 1 || c.Passes > 16 || c.Threads < 1 || c.Threads > 16 {
		return passwordHash{}, fmt.Errorf("cost of a hash is out of bounds: %+v", c)
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return passwordHash{}, fmt.Errorf("salt of a hash: %w", err)
	}
	if h.sum, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.sum) != hashBytes {
		return passwordHash{}, fmt.Errorf("hash: %w", err)
	}
	return h, nil
}

// commonWords are what guessing tools try first, with digits and signs around them.
var commonWords = []string{
	"password", "passwort", "passw0rd", "qwertyuiop", "qwerty", "azerty", "asdfghjkl", "asdf", "zxcvbnm", "letmein", "welcome", "iloveyou",
	"administrator", "admin", "monkey", "dragon", "football", "baseball", "sunshine", "princess", "changeme", "default", "secret", "master",
	"login", "summer", "winter", "spring", "autumn", "optical", "optician", "glasses", "abcdefgh",
}

// CheckPassword refuses a new password that is short or easy to guess, as ilsai.CodeInvalid. Length is
// what counts; no kinds of characters are demanded, so a sentence is welcome. about holds what a guesser
// knows: e-mail, name, shop.
func CheckPassword(password string, about ...string) error {
	if !utf8.ValidString(password) || len(password) > maxPasswordBytes {
		return ilsai.Errorf(ilsai.CodeInvalid, "A password is text of at most %d bytes.", maxPasswordBytes)
	}
	if utf8.RuneCountInString(norm.NFKC.String(password)) < minPasswordRunes {
		return ilsai.Errorf(ilsai.CodeInvalid, "A password has at least %d characters. A sentence of a few words is easy to remember.", minPasswordRunes)
	}
	rest := strings.ToLower(password)
	for _, s := range about {
		for word := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(word) >= 3 {
				rest = strings.ReplaceAll(rest, word, "")
			}
		}
	}
	for _, word := range commonWords {
		rest = strings.ReplaceAll(rest, word, "")
	}
	// What is left after the guessable parts must still be something: several letters, or more kinds of
	// characters than a row of digits has.
	letters, distinct := 0, map[rune]bool{}
	for _, r := range rest {
		distinct[r] = true
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters < 4 && len(distinct) < 12 || len(distinct) < 5 || repeats([]byte(password)) {
		return ilsai.Errorf(ilsai.CodeInvalid, "This password is easy to guess. A sentence of a few words is better.")
	}
	return nil
}
