package tenancy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
)

// KeySource publishes public keys, such as an identity provider's key set behind a URL.
// Implementations are safe for concurrent use.
type KeySource interface {
	// PublicKey finds a key by its id. Errors: ilsai.CodeNotFound when the source has none of that id,
	// ilsai.CodeUnavailable when it cannot be asked.
	PublicKey(ctx context.Context, id string) (Key, error)
}

// KeyStore keeps signing keys, their secrets encrypted. Implementations are safe for concurrent use;
// the general errors of TenantStore apply.
type KeyStore interface {
	// AddKey stores a key with a secret and an id, durable on return. CodeConflict when the id is taken, by
	// a retired key too: an id never means two keys. CodeInvalid without a secret or an id.
	AddKey(ctx context.Context, k Key) error

	// RetireKey sets when a key stops verifying. CodeNotFound when there is none.
	RetireKey(ctx context.Context, id string, at time.Time) error

	// Keys lists all keys by ascending creation, retired ones included.
	Keys(ctx context.Context) ([]Key, error)
}

// KeyringOptions configures NewKeyring. The zero value is ready to use.
type KeyringOptions struct {
	Source KeySource        // asked for ids that the ring lacks; nil: none
	Now    func() time.Time // nil means time.Now
}

// Keyring is the set of keys in use. It is safe for concurrent use, and its keys may be replaced while
// tokens are verified: each verification sees the old set or the new one.
type Keyring struct {
	source KeySource
	now    func() time.Time
	set    atomic.Pointer[keySet]
}

type keySet struct {
	byID    map[string]Key
	signers []Key // best first
}

// NewKeyring makes a ring. Errors as of Replace.
func NewKeyring(keys []Key, o KeyringOptions) (*Keyring, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Keyring{source: o.Source, now: o.Now}
	if err := r.Replace(keys); err != nil {
		return nil, err
	}
	return r, nil
}

// Replace exchanges all keys at once: a key not among them is refused from the next verification on.
// Errors: ilsai.CodeInvalid for two keys of one id, for a key not made by a constructor of this package,
// and for no key at all in a ring without a source; the ring is unchanged then.
func (r *Keyring) Replace(keys []Key) error {
	set := &keySet{byID: make(map[string]Key, len(keys))}
	for _, k := range keys {
		if k.secret == nil && k.public == nil {
			return ilsai.Errorf(ilsai.CodeInvalid, "The token key %q is empty.", k.ID)
		}
		if _, twice := set.byID[k.ID]; twice {
			return ilsai.Errorf(ilsai.CodeInvalid, "There are two token keys with the id %q.", k.ID)
		}
		set.byID[k.ID] = k
		if k.Algorithm == HS256 {
			set.signers = append(set.signers, k)
		}
	}
	if len(keys) == 0 && r.source == nil {
		return ilsai.Errorf(ilsai.CodeInvalid, "There is no key to check access tokens with.")
	}
	// What a key signs ends with it, so one that stays comes before one that will retire.
	slices.SortStableFunc(set.signers, func(a, b Key) int {
		if a.RetiresAt.IsZero() != b.RetiresAt.IsZero() {
			if a.RetiresAt.IsZero() {
				return -1
			}
			return 1
		}
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	r.set.Store(set)
	return nil
}

// Keys lists the ring's own keys by id.
func (r *Keyring) Keys() []Key {
	byID := r.set.Load().byID
	out := make([]Key, 0, len(byID))
	for _, k := range byID {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b Key) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// errKeysAway means that nobody can tell whether a key is known: not the token's fault.
var errKeysAway = errors.New("the source of keys is away")

// verifying finds the key that a token's header names. An error that is errKeysAway says nothing about
// the token.
func (r *Keyring) verifying(ctx context.Context, h tokenHeader) (Key, error) {
	id := h.keyID
	k, own := r.set.Load().byID[id]
	if !own {
		if r.source == nil || !validKeyID(id) || h.algorithm == HS256 {
			return Key{}, fmt.Errorf("no key with the id %.64q", id)
		}
		var err error
		k, err = r.source.PublicKey(ctx, id)
		switch {
		case ilsai.ErrorCode(err) == ilsai.CodeNotFound:
			return Key{}, err
		case err != nil:
			return Key{}, fmt.Errorf("%w: %w", errKeysAway, err)
		case k.public == nil || k.ID != id: // a published secret is none
			return Key{}, fmt.Errorf("the source gave %v for the id %.64q", k, id)
		}
	}
	if k.Retired(r.now()) {
		return Key{}, fmt.Errorf("%v retired at %v", k, k.RetiresAt)
	}
	if h.algorithm != k.Algorithm {
		return Key{}, fmt.Errorf("alg %s with %v", h.algorithm, k)
	}
	return k, nil
}

// KeySpread is how long a new secret only verifies, while another one can sign: by then every process
// that shares the store has read it, so none refuses what another has signed.
const KeySpread = time.Minute

// signing is the newest secret that everybody knows, one that will retire only when there is no other.
func (r *Keyring) signing() (Key, error) {
	now, signers := r.now(), r.set.Load().signers
	for _, k := range signers {
		if !k.Retired(now) && !k.CreatedAt.Add(KeySpread).After(now) {
			return k, nil
		}
	}
	// All are new: the oldest is the best known.
	oldest := slices.Clone(signers)
	slices.SortStableFunc(oldest, func(a, b Key) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, k := range oldest {
		if !k.Retired(now) {
			return k, nil
		}
	}
	return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "There is no secret to sign access tokens with. Add one with: ilsai key rotate")
}
