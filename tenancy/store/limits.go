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
	var text *string
	err := s.sql.QueryRowContext(ctx, s.engine.rebind("SELECT limits FROM tenants WHERE id = ?1"), storable(string(tenant))).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return tenancy.LimitsOverride{}, noTenant(tenant)
	}
	if err != nil {
		return tenancy.LimitsOverride{}, s.classify(err)
	}
	return parseLimits(tenant, text)
}

func parseLimits(tenant ilsai.TenantID, text *string) (o tenancy.LimitsOverride, err error) {
	if text == nil {
		return o, nil
	}
	if err := json.Unmarshal([]byte(*text), &o); err != nil {
		return tenancy.LimitsOverride{}, &ilsai.Error{Code: ilsai.CodeInternal, Err: fmt.Errorf("limits of tenant %s: %w", tenant, err)}
	}
	return o, nil
}

// limitsText is the column of limits; nil when nothing differs.
func limitsText(o tenancy.LimitsOverride) (*string, error) {
	if o == (tenancy.LimitsOverride{}) {
		return nil, nil
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, &ilsai.Error{Code: ilsai.CodeInternal, Err: err}
	}
	s := string(text)
	return &s, nil
}

// SetLimits replaces it. Errors: CodeInvalid (see tenancy.LimitsOverride.Validate), CodeNotFound, and
// those of tenancy.TenantStore.
func (s *Store) SetLimits(ctx context.Context, tenant ilsai.TenantID, o tenancy.LimitsOverride) error {
	if err := o.Validate(); err != nil {
		return err
	}
	text, err := limitsText(o)
	if err != nil {
		return err
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	res := s.db.WithContext(ctx).Model(&tenantRow{}).Where("id = ?", string(tenant)).Update("limits", text)
	if res.Error == nil && res.RowsAffected == 0 {
		return noTenant(tenant)
	}
	return s.classify(res.Error)
}

func noTenant(id ilsai.TenantID) error {
	return ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the id %q.", id)
}
