package tenancy

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
)

// AdministrationOptions configures NewAdministration. The zero value is ready to use.
type AdministrationOptions struct {
	// Forget is told every tenant that may have changed, after the change, so that what is cached of it is
	// read again at once. nil for none.
	Forget func(ilsai.TenantID)
	// DropData removes a tenant's own databases when it is purged, before the purge is recorded: a purge
	// that was cut off is repeated as a whole, so it must accept that they are gone. nil for none.
	DropData func(ctx context.Context, id ilsai.TenantID) error
	// Now is the clock. nil means time.Now.
	Now func() time.Time
}

// Administration holds the rules of administering: who may do what, what is valid, and what the audit
// log says of it. Every change and its audit entry are one transaction. It is safe for concurrent use.
//
// Common errors: ilsai.CodeForbidden, always with the same message, for an actor that may not, be there
// such a tenant or not; otherwise ilsai.CodeNotFound for what does not exist, ilsai.CodeInvalid for what
// does not validate, ilsai.CodeConflict for what the present state does not allow, the store's own.
type Administration struct {
	store   AdministrationStore
	login   *LocalLogin
	options AdministrationOptions
}

// NewAdministration makes an Administration. login hashes the passwords of users; nil when the control
// store has none, so that no user can be created.
func NewAdministration(store AdministrationStore, login *LocalLogin, o AdministrationOptions) *Administration {
	if o.Forget == nil {
		o.Forget = func(ilsai.TenantID) {}
	}
	if o.DropData == nil {
		o.DropData = func(context.Context, ilsai.TenantID) error { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Administration{store: store, login: login, options: o}
}

// Page chooses a part of a log: entries with From <= time < To and id > After, at most Limit of them.
// Zero times mean no bound; a Limit other than 1 to 1000 means 1000.
type Page struct {
	From, To time.Time
	After    int64
	Limit    int
}

// Audit lists audit entries by ascending id. The empty tenant means all of them, the platform's own
// included, and is for administrators of the platform.
func (a *Administration) Audit(ctx context.Context, by Actor, tenant ilsai.TenantID, p Page) ([]AuditEntry, error) {
	if tenant == "" {
		if err := by.onPlatform(); err != nil {
			return nil, err
		}
		return a.store.AuditAll(ctx, p.From, p.To, p.After, p.Limit)
	}
	if err := a.reach(ctx, by, tenant); err != nil {
		return nil, err
	}
	return a.store.Audit(ctx, tenant, p.From, p.To, p.After, p.Limit)
}

// Usage lists rows of a tenant's usage log by ascending id, without the questions: a bill needs none.
func (a *Administration) Usage(ctx context.Context, by Actor, tenant ilsai.TenantID, p Page) ([]UsageEvent, error) {
	if err := a.reach(ctx, by, tenant); err != nil {
		return nil, err
	}
	events, err := a.store.Usage(ctx, tenant, p.From, p.To, p.After, p.Limit)
	for i := range events {
		events[i].Question = ""
	}
	return events, err
}

// reach checks that an actor may administer a tenant and that there is one.
func (a *Administration) reach(ctx context.Context, by Actor, tenant ilsai.TenantID) error {
	if err := by.on(tenant); err != nil {
		return err
	}
	_, err := a.store.TenantRecord(ctx, tenant)
	return err
}

// administer runs a change of a tenant. Whether it was made may be unknown, so it is forgotten in any case.
func (a *Administration) administer(ctx context.Context, tenant ilsai.TenantID, change func(AdministrationTx) (*AuditEntry, error)) error {
	defer a.options.Forget(tenant)
	return a.store.Administer(ctx, change)
}

// entry is NewAuditEntry as a change returns it.
func entry(ctx context.Context, by Actor, tenant ilsai.TenantID, action, target string, before, after any) (*AuditEntry, error) {
	e, err := NewAuditEntry(ctx, by, tenant, action, target, before, after)
	if err != nil {
		return nil, err
	}
	return &e, nil
}
