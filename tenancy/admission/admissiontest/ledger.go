// Package admissiontest holds a ledger in memory, for tests of what stands before the ledger: small
// enough to be read as the contract's meaning, with faults on demand. It is not durable and must
// never be wired into the program.
package admissiontest

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

type keyOf struct {
	tenant ilsai.TenantID
	key    string
}

type claim struct {
	event       string
	fingerprint [32]byte
	until       time.Time // of the lease, while in flight
	expires     time.Time
	reply       *tenancy.StoredReply
}

type reservation struct {
	tenant ilsai.TenantID
	month  tenancy.Month
	until  time.Time
}

// Ledger implements tenancy.Ledger and the usage log in memory. The zero value is not usable; see NewLedger.
type Ledger struct {
	mu           sync.Mutex
	rows         []tenancy.UsageEvent
	seen         map[string]bool
	refusals     map[tenancy.RefusalKey]int64
	reservations map[string]reservation
	claims       map[keyOf]claim
	fail         func(step string) error
	now          func() time.Time
}

// NewLedger makes an empty ledger.
func NewLedger(now func() time.Time) *Ledger {
	return &Ledger{seen: map[string]bool{}, refusals: map[tenancy.RefusalKey]int64{}, reservations: map[string]reservation{}, claims: map[keyOf]claim{}, now: now}
}

// Fail lets each step ("admit", "settle", "refund", "append", "refusals") ask whether it shall fail before it does anything.
func (l *Ledger) Fail(fail func(step string) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = fail
}

// Rows are the usage rows so far, in order.
func (l *Ledger) Rows() []tenancy.UsageEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]tenancy.UsageEvent(nil), l.rows...)
}

// AddRefusals implements tenancy.RefusalStore.
func (l *Ledger) AddRefusals(_ context.Context, counts []tenancy.RefusalCount) error {
	end, err := l.begin("refusals")
	if err != nil {
		return err
	}
	defer end()
	for _, c := range counts {
		l.refusals[c.RefusalKey] += c.Count
	}
	return nil
}

// Refusals are the counts so far.
func (l *Ledger) Refusals() map[tenancy.RefusalKey]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.refusals)
}

func (l *Ledger) begin(step string) (func(), error) {
	l.mu.Lock()
	if l.fail != nil {
		if err := l.fail(step); err != nil {
			l.mu.Unlock()
			return nil, err
		}
	}
	return l.mu.Unlock, nil
}

// Admit implements tenancy.Ledger.
func (l *Ledger) Admit(_ context.Context, a tenancy.Admission) (tenancy.Admitted, error) {
	if err := a.Validate(); err != nil {
		return tenancy.Admitted{}, err
	}
	end, err := l.begin("admit")
	if err != nil {
		return tenancy.Admitted{}, err
	}
	defer end()
	if a.Key != nil {
		c, known := l.claims[keyOf{a.TenantID, a.Key.Key}]
		switch {
		case !known || !a.Now.Before(c.expires):
		case c.fingerprint != a.Key.Fingerprint:
			return tenancy.Admitted{}, ilsai.Errorf(ilsai.CodeKeyReused, "The idempotency key was used for another request.")
		case c.reply != nil:
			return tenancy.Admitted{Replay: c.reply}, nil
		case a.Now.Before(c.until):
			return tenancy.Admitted{}, &ilsai.Error{
				Code: ilsai.CodeConflict, Message: "A request with this key is being answered.", Err: &tenancy.RetryError{After: c.until.Sub(a.Now)},
			}
		}
	}
	q := l.quota(a.TenantID, a.Month, a.Now)
	if used := q.Used + q.Reserved; a.Limit != tenancy.Unlimited && used >= a.Limit && !a.Shadow {
		return tenancy.Admitted{}, ilsai.Errorf(ilsai.CodeQuotaExceeded, "The month's queries are used up.")
	}
	l.reservations[a.EventID] = reservation{a.TenantID, a.Month, a.Now.Add(a.Lease)}
	if a.Key != nil {
		l.claims[keyOf{a.TenantID, a.Key.Key}] = claim{event: a.EventID, fingerprint: a.Key.Fingerprint, until: a.Now.Add(a.Lease), expires: a.Now.Add(a.Key.TTL)}
	}
	return tenancy.Admitted{Used: q.Used + q.Reserved + 1}, nil
}

// Settle implements tenancy.Ledger.
func (l *Ledger) Settle(_ context.Context, s tenancy.Settlement) error { return l.finish("settle", s) }

// Refund implements tenancy.Ledger.
func (l *Ledger) Refund(_ context.Context, s tenancy.Settlement) error { return l.finish("refund", s) }

func (l *Ledger) finish(step string, s tenancy.Settlement) error {
	if err := s.Validate(); err != nil {
		return err
	}
	end, err := l.begin(step)
	if err != nil {
		return err
	}
	defer end()
	l.append(s.Event)
	delete(l.reservations, s.Event.EventID)
	k := keyOf{s.Event.TenantID, s.Key}
	if c, known := l.claims[k]; known && c.event == s.Event.EventID && c.reply == nil {
		if c.reply = s.Reply; c.reply == nil {
			delete(l.claims, k)
		} else {
			l.claims[k] = c
		}
	}
	return nil
}

// AppendUsage writes a row that needs no admission.
func (l *Ledger) AppendUsage(_ context.Context, e *tenancy.UsageEvent) error {
	if err := e.Validate(); err != nil {
		return err
	}
	end, err := l.begin("append")
	if err != nil {
		return err
	}
	defer end()
	l.append(*e)
	return nil
}

func (l *Ledger) append(e tenancy.UsageEvent) {
	if !l.seen[e.EventID] {
		l.seen[e.EventID] = true
		l.rows = append(l.rows, e)
	}
}

// Quota implements tenancy.Ledger. The month of a row is taken as UTC's.
func (l *Ledger) Quota(_ context.Context, tenant ilsai.TenantID, month tenancy.Month) (tenancy.Quota, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.quota(tenant, month, l.now()), nil
}

func (l *Ledger) quota(tenant ilsai.TenantID, month tenancy.Month, now time.Time) tenancy.Quota {
	var q tenancy.Quota
	for _, e := range l.rows {
		if e.TenantID == tenant && e.Success && !e.FromCache && tenancy.MonthOf(e.Timestamp, time.UTC) == month {
			q.Used++
		}
	}
	for _, r := range l.reservations {
		if r.tenant == tenant && r.month == month && now.Before(r.until) {
			q.Reserved++
		}
	}
	return q
}

// ReapLedger implements tenancy.Ledger.
func (l *Ledger) ReapLedger(_ context.Context, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, r := range l.reservations {
		if !now.Before(r.until) {
			delete(l.reservations, id)
		}
	}
	for k, c := range l.claims {
		if !now.Before(c.expires) {
			delete(l.claims, k)
		}
	}
	return nil
}
