package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// SigningKeys keeps signing keys in the control database, their secrets encrypted with a KeyFile. It
// implements tenancy.KeyStore.
type SigningKeys struct {
	store *Store
	file  *KeyFile
}

var _ tenancy.KeyStore = (*SigningKeys)(nil)

// SigningKeys opens the signing keys with a key file.
func (s *Store) SigningKeys(f *KeyFile) *SigningKeys { return &SigningKeys{store: s, file: f} }

type keyRow struct {
	ID        string `gorm:"primaryKey"`
	Algorithm string
	Secret    []byte // sealed
	CreatedAt time.Time
	RetiresAt int64 // milliseconds since 1970; 0: it stays
}

func (keyRow) TableName() string { return "signing_keys" }

// about ties a sealed secret to its row.
func (r keyRow) about() []byte {
	return fmt.Appendf(nil, "ilsai signing key\x00%s\x00%s", r.ID, r.Algorithm)
}

// AddKey implements tenancy.KeyStore.
func (k *SigningKeys) AddKey(ctx context.Context, key tenancy.Key) error {
	secret := key.Secret()
	if key.ID == "" || secret == nil {
		return ilsai.Errorf(ilsai.CodeInvalid, "Only secrets with an id are stored; public keys are files.")
	}
	row := keyRow{ID: key.ID, Algorithm: string(key.Algorithm), CreatedAt: key.CreatedAt.UTC().Truncate(time.Millisecond), RetiresAt: toMillis(key.RetiresAt)}
	if key.CreatedAt.IsZero() {
		row.CreatedAt = k.store.now().UTC().Truncate(time.Millisecond)
	}
	var err error
	if row.Secret, err = k.file.seal(secret, row.about()); err != nil {
		return err
	}
	if err := k.store.beginWrite(ctx); err != nil {
		return err
	}
	defer k.store.endWrite()
	err = k.store.db.WithContext(ctx).Create(&row).Error
	if isUnique(err) {
		return ilsai.Wrap(ilsai.CodeConflict, err, "A signing key with the id %q exists already.", key.ID)
	}
	return k.store.classify(err)
}

// RetireKey implements tenancy.KeyStore.
func (k *SigningKeys) RetireKey(ctx context.Context, id string, at time.Time) error {
	if err := k.store.beginWrite(ctx); err != nil {
		return err
	}
	defer k.store.endWrite()
	res := k.store.db.WithContext(ctx).Model(&keyRow{}).Where("id = ?", storable(id)).Update("retires_at", toMillis(at))
	if res.Error != nil {
		return k.store.classify(res.Error)
	}
	if res.RowsAffected == 0 {
		return ilsai.Errorf(ilsai.CodeNotFound, "There is no signing key with the id %q.", id)
	}
	return nil
}

// Keys implements tenancy.KeyStore. A secret that the key file does not open is ilsai.CodeInvalid: it
// was sealed with another file, or changed.
func (k *SigningKeys) Keys(ctx context.Context) ([]tenancy.Key, error) {
	var rows []keyRow
	if err := k.store.db.WithContext(ctx).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, k.store.classify(err)
	}
	out := make([]tenancy.Key, len(rows))
	for i, r := range rows {
		secret, err := k.file.open(r.Secret, r.about())
		if err != nil {
			return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "The signing key %q was encrypted with another key file. Restore that file from its backup.", r.ID)
		}
		if out[i], err = tenancy.NewSecretKey(r.ID, secret, r.CreatedAt); err != nil {
			return nil, err
		}
		out[i].RetiresAt = fromMillis(r.RetiresAt)
	}
	return out, nil
}
