package tenancy

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ils-platform/ilsai"
)

// Adapter is a tenant's own change to the model, a LoRA file, which holds for that tenant's answers alone. A tenant
// has one or none. Nobody asks for an adapter by name: whose answer it is decides.
type Adapter struct {
	TenantID   ilsai.TenantID `json:"tenant_id"`
	File       string         `json:"file"`        // absolute path on the server's machine
	SHA256     string         `json:"sha256"`      // of the file, in lower-case hex
	BaseSHA256 string         `json:"base_sha256"` // of the model it changes
	CreatedAt  time.Time      `json:"created_at"`  // UTC, whole milliseconds; set when zero
}

const maxAdapterPathBytes = 4096

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (a Adapter) Validate() error {
	if _, err := ilsai.ParseTenantID(string(a.TenantID)); err != nil {
		return err
	}
	switch {
	case !filepath.IsAbs(a.File) || len(a.File) > maxAdapterPathBytes || !utf8.ValidString(a.File) || strings.ContainsRune(a.File, 0):
		return ilsai.Errorf(ilsai.CodeInvalid, "An adapter's file is an absolute path of at most %d bytes.", maxAdapterPathBytes)
	case !isSHA256(a.SHA256) || !isSHA256(a.BaseSHA256):
		return ilsai.Errorf(ilsai.CodeInvalid, "An adapter needs the SHA-256 of its file and of its model, 64 lower-case hexadecimal digits each.")
	}
	return nil
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && strings.ToLower(s) == s
}

// AllowAdapter is the gate of adapters: ilsai.CodeFeatureDisabled for a tier that does not include one of its own.
func AllowAdapter(t Tier) error {
	if PlanOf(t).Adapter {
		return nil
	}
	return ilsai.Errorf(ilsai.CodeFeatureDisabled, "A model of the shop's own is part of the %s tier. The subscription is %s: upgrade to use this.",
		TierEnterprise.Title(), t.Title())
}

// AdapterStore tells the adapters. Implementations are safe for concurrent use; the general errors of TenantStore apply.
type AdapterStore interface {
	// Adapters lists every tenant's adapter by ascending tenant. The caller owns the slice.
	Adapters(ctx context.Context) ([]Adapter, error)
}

// AdaptersInUse lists the adapters that hold with a model, given by its checksum: those made for it, of active
// tenants whose tier includes one.
func AdaptersInUse(ctx context.Context, store AdapterStore, tenants TenantFinder, base string) ([]Adapter, error) {
	all, err := store.Adapters(ctx)
	if err != nil {
		return nil, err
	}
	var out []Adapter
	for _, a := range all {
		if a.BaseSHA256 != base {
			continue
		}
		t, err := tenants.Tenant(ctx, a.TenantID)
		if err != nil {
			return nil, err
		}
		if t.Status == StatusActive && AllowAdapter(t.Tier) == nil {
			out = append(out, a)
		}
	}
	return out, nil
}

// Adapters lists every tenant's adapter. For administrators of the platform, as everything about adapters: their
// files are on its machine.
func (a *Administration) Adapters(ctx context.Context, by Actor) ([]Adapter, error) {
	if err := by.onPlatform(); err != nil {
		return nil, err
	}
	return a.store.Adapters(ctx)
}

// auditedAdapter is an adapter as the audit log keeps it.
type auditedAdapter struct {
	File       string `json:"file"`
	SHA256     string `json:"sha256"`
	BaseSHA256 string `json:"base_sha256"`
}

func (a Adapter) audited() auditedAdapter { return auditedAdapter{a.File, a.SHA256, a.BaseSHA256} }

// SetAdapter gives a tenant an adapter in place of the one it has, and returns it as it is then. That the file fits
// the model is the caller's to check. ilsai.CodeFeatureDisabled when the tenant's tier does not include one.
func (a *Administration) SetAdapter(ctx context.Context, by Actor, n Adapter) (Adapter, error) {
	if err := by.onPlatform(); err != nil {
		return Adapter{}, err
	}
	if n.CreatedAt.IsZero() {
		n.CreatedAt = a.now()
	}
	n.CreatedAt = n.CreatedAt.UTC().Truncate(time.Millisecond)
	if err := n.Validate(); err != nil {
		return Adapter{}, err
	}
	err := a.administer(ctx, n.TenantID, func(tx AdministrationTx) (*AuditEntry, error) {
		r, err := tx.Tenant(n.TenantID) // held: nobody else sets one meanwhile
		if err != nil {
			return nil, err
		}
		if err := r.Changeable(); err != nil {
			return nil, err
		}
		if err := AllowAdapter(r.Tier); err != nil {
			return nil, err
		}
		before, err := tx.Adapter(n.TenantID)
		var had any
		switch {
		case err == nil && before.audited() == n.audited():
			n = before
			return nil, nil
		case err == nil:
			had = before.audited()
		case ilsai.ErrorCode(err) != ilsai.CodeNotFound:
			return nil, err
		}
		if err := tx.SetAdapter(n); err != nil {
			return nil, err
		}
		return entry(ctx, by, n.TenantID, "adapter.set", "", had, n.audited())
	})
	if err != nil {
		return Adapter{}, err
	}
	return n, nil
}

// RemoveAdapter takes a tenant's adapter away and returns it. Its file stays. ilsai.CodeNotFound when it has none.
func (a *Administration) RemoveAdapter(ctx context.Context, by Actor, tenant ilsai.TenantID) (Adapter, error) {
	if err := by.onPlatform(); err != nil {
		return Adapter{}, err
	}
	var removed Adapter
	err := a.administer(ctx, tenant, func(tx AdministrationTx) (*AuditEntry, error) {
		if _, err := tx.Tenant(tenant); err != nil {
			return nil, err
		}
		var err error
		if removed, err = tx.Adapter(tenant); err != nil {
			return nil, err
		}
		if err := tx.RemoveAdapter(tenant); err != nil {
			return nil, err
		}
		return entry(ctx, by, tenant, "adapter.remove", "", removed.audited(), nil)
	})
	if err != nil {
		return Adapter{}, err
	}
	return removed, nil
}
