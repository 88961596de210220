package provision

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Rotate gives the roles of a tenant new passwords and returns how many roles it has. A server that runs
// meanwhile notices nothing: until the change is over every row holds the password that is in force and the
// new one. Interrupted at any point that stays true, and running it again finishes. ilsai.CodeNotFound when
// nothing was provisioned.
func (c *Cluster) Rotate(ctx context.Context, tenant ilsai.TenantID) (int, error) {
	all, err := c.store.TenantDatabases(ctx, tenant)
	if err != nil {
		return 0, err
	}
	byRole := map[string][]tenancy.TenantDatabase{}
	for _, d := range all {
		if config, err := pgx.ParseConfig(d.DSN); err == nil && d.Owned {
			byRole[config.User] = append(byRole[config.User], d)
		}
	}
	if len(byRole) == 0 {
		return 0, ilsai.Errorf(ilsai.CodeNotFound, "Nothing was provisioned for %s: passwords of attached databases are yours to change.", tenant)
	}
	for role, databases := range byRole {
		if err := c.rotateRole(ctx, role, databases); err != nil {
			return 0, c.classify(err)
		}
	}
	return len(byRole), nil
}

func (c *Cluster) rotateRole(ctx context.Context, role string, databases []tenancy.TenantDatabase) error {
	inForce, err := passwordInForce(ctx, databases)
	if err != nil {
		return err
	}
	password, err := newPassword()
	if err != nil {
		return err
	}
	for i, d := range databases {
		config, err := pgx.ParseConfig(d.DSN)
		if err != nil {
			return errors.New("the stored address cannot be read")
		}
		if d.DSN, err = address(c.dsn, config.Database, role, password); err != nil {
			return err
		}
		if d.PreviousDSN, err = address(c.dsn, config.Database, role, inForce); err != nil {
			return err
		}
		if err := c.store.PutTenantDatabase(ctx, d); err != nil {
			return err
		}
		databases[i] = d
	}
	if err := c.setRole(ctx, role, password); err != nil {
		return err
	}
	for _, d := range databases {
		d.PreviousDSN = ""
		if err := c.store.PutTenantDatabase(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// passwordInForce finds which of the stored passwords of a role the server takes. When it takes none, which
// only another administrator can have brought about, any will do.
func passwordInForce(ctx context.Context, databases []tenancy.TenantDatabase) (string, error) {
	var tried []string
	for _, d := range databases {
		for _, dsn := range []string{d.DSN, d.PreviousDSN} {
			config, err := pgx.ParseConfig(dsn)
			if err != nil || dsn == "" || slices.Contains(tried, config.Password) {
				continue
			}
			tried = append(tried, config.Password)
			conn, err := pgx.ConnectConfig(ctx, config)
			var refused *pgconn.PgError
			switch {
			case err == nil:
				return config.Password, conn.Close(ctx)
			case !errors.As(err, &refused):
				return "", err
			case refused.Code != "28P01": // the password was right; something else was not, such as the number of connections
				return config.Password, nil
			}
		}
	}
	if len(tried) == 0 {
		return "", errors.New("no password is stored")
	}
	return tried[0], nil
}
