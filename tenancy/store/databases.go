package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm/clause"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// TenantDatabases keeps where the tenants' PostgreSQL databases are, the passwords encrypted with a
// KeyFile. It implements tenancy.TenantDatabaseStore.
type TenantDatabases struct {
	store *Store
	file  *KeyFile
}

var _ tenancy.TenantDatabaseStore = (*TenantDatabases)(nil)

// TenantDatabases opens the addresses with a key file.
func (s *Store) TenantDatabases(f *KeyFile) *TenantDatabases {
	return &TenantDatabases{store: s, file: f}
}

type databaseRow struct {
	TenantID string `gorm:"primaryKey"`
	Domain   string `gorm:"primaryKey"`
	Address  string
	Secret   []byte // sealed databaseSecret
	Owned    bool
	Ready    bool
	Version  int64
}

func (databaseRow) TableName() string { return "tenant_databases" }

type databaseSecret struct{ DSN, Previous string }

// about ties a sealed secret to its row.
func (r databaseRow) about() []byte {
	return fmt.Appendf(nil, "ilsai tenant database\x00%s\x00%s", r.TenantID, r.Domain)
}

// TenantDatabases implements tenancy.TenantDatabaseStore.
func (d *TenantDatabases) TenantDatabases(ctx context.Context, tenant ilsai.TenantID) ([]tenancy.TenantDatabase, error) {
	var rows []databaseRow
	if err := d.store.db.WithContext(ctx).Where("tenant_id = ?", storable(string(tenant))).Order("domain").Find(&rows).Error; err != nil {
		return nil, d.store.classify(err)
	}
	out := make([]tenancy.TenantDatabase, len(rows))
	for i, r := range rows {
		var secret databaseSecret
		text, err := d.file.open(r.Secret, r.about())
		if err == nil {
			err = json.Unmarshal(text, &secret)
		}
		if err != nil {
			return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "The database password of %s was encrypted with another key file. Restore that file from its backup.", r.TenantID)
		}
		out[i] = tenancy.TenantDatabase{Tenant: ilsai.TenantID(r.TenantID), Domain: r.Domain, Address: r.Address,
			DSN: secret.DSN, PreviousDSN: secret.Previous, Owned: r.Owned, Ready: r.Ready, Version: r.Version}
	}
	return out, nil
}

// PutTenantDatabase implements tenancy.TenantDatabaseStore.
func (d *TenantDatabases) PutTenantDatabase(ctx context.Context, database tenancy.TenantDatabase) error {
	if _, err := d.store.TenantRecord(ctx, database.Tenant); err != nil {
		return err
	}
	row := databaseRow{TenantID: string(database.Tenant), Domain: database.Domain, Address: database.Address, Owned: database.Owned, Ready: database.Ready, Version: 1}
	text, err := json.Marshal(databaseSecret{database.DSN, database.PreviousDSN})
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	if row.Secret, err = d.file.seal(text, row.about()); err != nil {
		return err
	}
	if err := d.store.beginWrite(ctx); err != nil {
		return err
	}
	defer d.store.endWrite()
	next := clause.Assignments(map[string]any{"address": row.Address, "secret": row.Secret, "owned": row.Owned, "ready": row.Ready,
		"version": clause.Expr{SQL: "tenant_databases.version + 1"}})
	err = d.store.db.WithContext(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "tenant_id"}, {Name: "domain"}}, DoUpdates: next}).Create(&row).Error
	return d.store.classify(err)
}

// RemoveTenantDatabase implements tenancy.TenantDatabaseStore.
func (d *TenantDatabases) RemoveTenantDatabase(ctx context.Context, tenant ilsai.TenantID, domain string) error {
	if err := d.store.beginWrite(ctx); err != nil {
		return err
	}
	defer d.store.endWrite()
	return d.store.classify(d.store.db.WithContext(ctx).Where("tenant_id = ? AND domain = ?", string(tenant), domain).Delete(&databaseRow{}).Error)
}
