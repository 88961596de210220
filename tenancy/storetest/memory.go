package storetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Memory is a tenancy.AdministrationStore in memory, for tests of what stands before the store: small
// enough to be read as the contract's meaning, and it passes ExerciseAdministration. It also finds
// tenants, keeps users for local login, and fails on demand. It must never be wired into the program.
type Memory struct {
	tenancy.UserStore // those of its methods that are not here are not there

	mu    sync.Mutex
	now   func() time.Time
	fail  func(step string) error
	state memory
	made  int // ids of users
}

// memory is replaced as a whole when a transaction commits; its maps and slices are never changed in place.
type memory struct {
	tenants       map[ilsai.TenantID]tenancy.TenantRecord
	subscriptions map[ilsai.TenantID][]tenancy.Subscription
	users         map[userKey]tenancy.User
	audit         []tenancy.AuditEntry
	usage         []tenancy.UsageEvent
	adapters      map[ilsai.TenantID]tenancy.Adapter
}

type userKey struct {
	tenant ilsai.TenantID
	id     tenancy.UserID
}

// NewMemory makes an empty store.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, fail: func(string) error { return nil }, state: memory{}.clone()}
}

func (m memory) clone() memory {
	c := memory{tenants: maps.Clone(m.tenants), subscriptions: maps.Clone(m.subscriptions), users: maps.Clone(m.users), audit: slices.Clone(m.audit), usage: m.usage,
		adapters: maps.Clone(m.adapters)}
	if c.tenants == nil {
		c.adapters = map[ilsai.TenantID]tenancy.Adapter{}
		c.tenants, c.subscriptions, c.users = map[ilsai.TenantID]tenancy.TenantRecord{}, map[ilsai.TenantID][]tenancy.Subscription{}, map[userKey]tenancy.User{}
	}
	return c
}

// Fail lets the steps "audit" and "read" ask whether they shall fail.
func (m *Memory) Fail(fail func(step string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

// AddUsage puts rows into the usage log as they are, with ids.
func (m *Memory) AddUsage(events ...tenancy.UsageEvent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		e.ID = int64(len(m.state.usage)) + 1
		m.state.usage = append(slices.Clone(m.state.usage), e)
	}
}

// Administer implements tenancy.AdministrationStore.
func (m *Memory) Administer(ctx context.Context, change func(tenancy.AdministrationTx) (*tenancy.AuditEntry, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return ilsai.Wrap(ilsai.CodeCanceled, ctx.Err(), "The request was canceled.")
	}
	next := m.state.clone()
	e, err := change(&memoryTx{store: m, memory: &next})
	if err != nil || e == nil {
		return err
	}
	if err := e.Validate(); err != nil {
		return err
	}
	if err := m.fail("audit"); err != nil {
		return err
	}
	e.ID, e.At = int64(len(next.audit))+1, m.timeOr(e.At)
	next.audit = append(next.audit, *e)
	m.state = next
	return nil
}

func (m *Memory) timeOr(at time.Time) time.Time {
	if at.IsZero() {
		at = m.now()
	}
	return at.UTC().Truncate(time.Millisecond)
}

func read[T any](m *Memory, get func(memory) (T, error)) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail("read"); err != nil {
		var zero T
		return zero, err
	}
	return get(m.state)
}

func (m memory) tenant(id ilsai.TenantID) (tenancy.TenantRecord, error) {
	if r, ok := m.tenants[id]; ok {
		return r, nil
	}
	return tenancy.TenantRecord{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the id %q.", id)
}

func (m memory) user(tenant ilsai.TenantID, id tenancy.UserID) (tenancy.User, error) {
	if u, ok := m.users[userKey{tenant, id}]; ok {
		return u, nil
	}
	return tenancy.User{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no such user.")
}

func (m memory) usersOf(tenant ilsai.TenantID) []tenancy.User {
	var out []tenancy.User
	for k, u := range m.users {
		if k.tenant == tenant {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b tenancy.User) int { return strings.Compare(a.Email, b.Email) })
	return out
}

// TenantRecord implements tenancy.AdministrationStore.
func (m *Memory) TenantRecord(_ context.Context, id ilsai.TenantID) (tenancy.TenantRecord, error) {
	return read(m, func(s memory) (tenancy.TenantRecord, error) { return s.tenant(id) })
}

// Tenant implements tenancy.TenantFinder.
func (m *Memory) Tenant(ctx context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	r, err := m.TenantRecord(ctx, id)
	return r.Tenant, err
}

// TenantByCode implements tenancy.LoginTenants.
func (m *Memory) TenantByCode(_ context.Context, code string) (tenancy.Tenant, error) {
	return read(m, func(s memory) (tenancy.Tenant, error) {
		for _, r := range s.tenants {
			if r.Code == code {
				return r.Tenant, nil
			}
		}
		return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the code %q.", code)
	})
}

// TenantRecords implements tenancy.AdministrationStore.
func (m *Memory) TenantRecords(_ context.Context, after ilsai.TenantID, limit int) ([]tenancy.TenantRecord, error) {
	return read(m, func(s memory) ([]tenancy.TenantRecord, error) {
		var out []tenancy.TenantRecord
		for _, id := range slices.Sorted(maps.Keys(s.tenants)) {
			if id > after && len(out) < pageSize(limit) {
				out = append(out, s.tenants[id])
			}
		}
		return out, nil
	})
}

func pageSize(limit int) int {
	if limit < 1 || limit > 1000 {
		return 1000
	}
	return limit
}

// TenantsToPurge implements tenancy.AdministrationStore.
func (m *Memory) TenantsToPurge(_ context.Context, now time.Time) ([]ilsai.TenantID, error) {
	return read(m, func(s memory) ([]ilsai.TenantID, error) {
		var out []ilsai.TenantID
		for _, id := range slices.Sorted(maps.Keys(s.tenants)) {
			if r := s.tenants[id]; !r.PurgeAt.IsZero() && r.PurgedAt.IsZero() && !r.PurgeAt.After(now) {
				out = append(out, id)
			}
		}
		return out, nil
	})
}

// Subscriptions implements tenancy.AdministrationStore.
func (m *Memory) Subscriptions(_ context.Context, tenant ilsai.TenantID) ([]tenancy.Subscription, error) {
	return read(m, func(s memory) ([]tenancy.Subscription, error) { return slices.Clone(s.subscriptions[tenant]), nil })
}
