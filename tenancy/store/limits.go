package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Limits is what differs from the tier's limits for one tenant; the zero value when nothing does.
// CodeNotFound when there is no such tenant; other errors as in tenancy.TenantStore.
func (s *Store) Limits(ctx context.Context, tenant ilsai.TenantID) (tenancy.LimitsOverride, error) {
	var o tenancy.LimitsOverride
	var text sql.NullString
	err := s.sql.QueryRowContext(ctx, s.engine.rebind("SELECT limits FROM tenants WHERE id = ?1"), storable(string(tenant))).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return o, noTenant(tenant)
	}
	if err != nil || !text.Valid {
		return o, s.classify(err)
	}
	if err := json.Unmarshal([]byte(text.String), &o); err != nil {
		return tenancy.LimitsOverride{}, &ilsai.Error{Code: ilsai.CodeInternal, Err: fmt.Errorf("limits of tenant %s: %w", tenant, err)}
	}
	return o, nil
}

// SetLimits replaces it. Errors: CodeInvalid (see tenancy.LimitsOverride.Validate), CodeNotFound, and
// those of tenancy.TenantStore.
func (s *Store) SetLimits(ctx context.Context, tenant ilsai.TenantID, o tenancy.LimitsOverride) error {
	if err := o.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return &ilsai.Error{Code: ilsai.CodeInternal, Err: err}
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	var value any
	if string(text) != "{}" {
		value = string(text)
	}
	res := s.db.WithContext(ctx).Model(&tenantRow{}).Where("id = ?", string(tenant)).Update("limits", value)
	if res.Error == nil && res.RowsAffected == 0 {
		return noTenant(tenant)
	}
	return s.classify(res.Error)
}

func noTenant(id ilsai.TenantID) error {
	return ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the id %q.", id)
}
