package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/widget"
)

// demoPlatform is the tenant whose administrator sees all the demo's shops.
const demoPlatform ilsai.TenantID = "ils-platform"

// demoStaff are whom a visitor of the demo is, by shop.
var demoStaff = map[ilsai.TenantID]string{"optical-shop-1": "Maria", "optical-shop-2": "Emily", "optical-shop-3": "Camille", demoPlatform: "Alex"}

// ensureDemoPlatform makes the platform's own tenant, unless the operator has named another one.
func ensureDemoPlatform(ctx context.Context, c *config, control *store.Store, now time.Time) error {
	if c.PlatformTenant != "" {
		return nil
	}
	c.PlatformTenant = string(demoPlatform)
	_, err := control.Tenant(ctx, demoPlatform)
	if ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		return err
	}
	return control.CreateTenant(ctx, tenancy.Tenant{ID: demoPlatform, Code: string(demoPlatform), Name: "ILS platform", Tier: tenancy.TierEnterprise,
		Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "USD", CreatedAt: now})
}

// newDemoDashboard lets everybody in who reaches the demo: it holds nothing but invented shops.
func newDemoDashboard(ctx context.Context, control *store.Store, issuer *tenancy.TokenIssuer) (*server.Demo, error) {
	d := &server.Demo{}
	if files, built := widget.Files(); built {
		d.Pages = files
	}
	ids := make([]ilsai.TenantID, 0, len(demoStaff))
	for _, shop := range demo.Shops() {
		ids = append(ids, shop.ID)
	}
	for _, id := range append(ids, demoPlatform) {
		t, err := control.Tenant(ctx, id)
		if ilsai.ErrorCode(err) == ilsai.CodeNotFound {
			continue // the operator's own platform tenant is in its place
		}
		if err != nil {
			return nil, err
		}
		d.Users = append(d.Users, server.DemoUser{TenantID: id, Shop: t.Name, User: demoStaff[id], Tier: t.Tier, Place: t.TimeZone, Platform: id == demoPlatform})
	}
	d.SignIn = func(ctx context.Context, id ilsai.TenantID) (tenancy.Session, error) {
		t, err := control.Tenant(ctx, id)
		if err != nil {
			return tenancy.Session{}, err
		}
		user := tenancy.UserID(fmt.Sprint("demo-", demoStaff[id]))
		token, err := issueToken(issuer, t, user, "", tenancy.RoleAdmin, demoLifetime)
		if err != nil {
			return tenancy.Session{}, err
		}
		p := tenancy.Principal{Tenant: t, UserID: user, Role: tenancy.RoleAdmin, Tier: t.Tier, Email: "user@" + t.Code + ".example"}
		return tenancy.Session{Token: token, ExpiresAt: time.Now().Add(demoLifetime).UTC().Truncate(time.Second), Principal: p, Name: demoStaff[id]}, nil
	}
	return d, nil
}
