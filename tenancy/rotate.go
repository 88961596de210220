package tenancy

import (
	"context"
	"slices"
	"time"

	"github.com/ils-platform/ilsai"
)

// Reload puts the stored keys beside the fixed ones into the ring, all at once. A server calls it at
// least every half KeySpread, and when told to. On an error the ring is unchanged, so the keys that were
// in use go on being used. Errors: the store's, and those of Replace.
func (r *Keyring) Reload(ctx context.Context, store KeyStore, fixed ...Key) error {
	stored, err := store.Keys(ctx)
	if err != nil {
		return err
	}
	return r.Replace(slices.Concat(fixed, stored))
}

// RotateKey adds a new secret to the store and lets the others retire after the overlap. The overlap
// covers the lifetime of the tokens they signed, and KeySpread; with 0 the others end now, which
// is right when one of them became known. A key whose end was set before keeps it if it is sooner.
// Errors: ilsai.CodeInvalid for a negative overlap, the store's. A rotation that stopped half-way has
// added the new key and may be repeated.
func RotateKey(ctx context.Context, store KeyStore, now time.Time, overlap time.Duration) (Key, error) {
	if overlap < 0 {
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The overlap of two keys is not negative.")
	}
	old, err := store.Keys(ctx)
	if err != nil {
		return Key{}, err
	}
	key, err := GenerateSecretKey(now)
	if err != nil {
		return Key{}, err
	}
	if err := store.AddKey(ctx, key); err != nil {
		return Key{}, err
	}
	for _, k := range old {
		if at := now.Add(overlap); k.RetiresAt.IsZero() || k.RetiresAt.After(at) {
			if err := store.RetireKey(ctx, k.ID, at); err != nil {
				return key, err
			}
		}
	}
	return key, nil
}
