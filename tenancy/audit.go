package tenancy

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ils-platform/ilsai"
)

// AuditEntry is one line of the audit log: who changed what. Before and After hold JSON, or nothing
// when there was nothing before or is nothing after; they never hold secrets.
type AuditEntry struct {
	ID          int64           `json:"id"` // given by the store, ascending
	At          time.Time       `json:"at"` // UTC, whole milliseconds; set by the store when zero
	ActorTenant ilsai.TenantID  `json:"actor_tenant,omitempty"`
	Actor       string          `json:"actor"`               // a user id of ActorTenant, or "cli" and the like without one
	TenantID    ilsai.TenantID  `json:"tenant_id,omitempty"` // whose data it is; "" for the platform's own
	Action      string          `json:"action"`              // e.g. "tenant.suspend"
	Target      string          `json:"target,omitempty"`    // what within the tenant, e.g. a user id
	Before      json.RawMessage `json:"before,omitempty"`
	After       json.RawMessage `json:"after,omitempty"`
	RequestID   string          `json:"request_id,omitempty"`
}

// AuditStore keeps the audit log. It is append-only: no method changes or removes an entry, and the
// database refuses to. Implementations are safe for concurrent use; the general errors of TenantStore apply.
type AuditStore interface {
	// AppendAudit writes an entry, durable on return, and sets e.ID and a zero e.At. In texts, NUL and
	// what is not UTF-8 become U+FFFD. CodeInvalid: see AuditEntry.Validate.
	AppendAudit(ctx context.Context, e *AuditEntry) error

	// Audit lists the entries of one tenant with from <= at < to and id > after, by ascending id, at
	// most limit of them (1 to 1000; other values mean 1000). Zero times mean no bound. The empty
	// tenant is the platform's own entries, never everybody's. The caller owns the slice.
	Audit(ctx context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]AuditEntry, error)

	// AuditAll is Audit over all tenants, for the platform's administrators.
	AuditAll(ctx context.Context, from, to time.Time, after int64, limit int) ([]AuditEntry, error)
}

const (
	maxAuditNameBytes   = 256
	maxAuditObjectBytes = 64 << 10
)

// Validate reports the first field that must not enter the log, as ilsai.CodeInvalid.
func (e AuditEntry) Validate() error {
	for _, id := range []ilsai.TenantID{e.TenantID, e.ActorTenant} {
		if _, err := ilsai.ParseTenantID(string(id)); err != nil && id != "" {
			return err
		}
	}
	if e.Actor == "" || e.Action == "" {
		return ilsai.Errorf(ilsai.CodeInvalid, "an audit entry names who acted and what was done")
	}
	for _, s := range []string{e.Actor, e.Action, e.Target, e.RequestID} {
		if len(s) > maxAuditNameBytes {
			return ilsai.Errorf(ilsai.CodeInvalid, "names in an audit entry have at most %d bytes", maxAuditNameBytes)
		}
	}
	for _, b := range []json.RawMessage{e.Before, e.After} {
		if len(b) > maxAuditObjectBytes || len(b) > 0 && !json.Valid(b) {
			return ilsai.Errorf(ilsai.CodeInvalid, "before and after of an audit entry are JSON of at most %d bytes", maxAuditObjectBytes)
		}
	}
	return nil
}

// NewAuditEntry describes what an actor does to a tenant's data, with the request's id. before and
// after are written as JSON; nil leaves them out. Errors: ilsai.CodeInvalid for what JSON cannot hold.
func NewAuditEntry(ctx context.Context, by Actor, tenant ilsai.TenantID, action, target string, before, after any) (AuditEntry, error) {
	e := AuditEntry{ActorTenant: by.tenant, Actor: by.name, TenantID: tenant, Action: action, Target: target, RequestID: ilsai.RequestID(ctx)}
	var err error
	if e.Before, err = auditJSON(before); err != nil {
		return AuditEntry{}, err
	}
	if e.After, err = auditJSON(after); err != nil {
		return AuditEntry{}, err
	}
	return e, e.Validate()
}

func auditJSON(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	return b, ilsai.Wrap(ilsai.CodeInvalid, err, "this cannot be written into the audit log")
}
