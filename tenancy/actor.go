package tenancy

import "github.com/ils-platform/ilsai"

// Actor is who administers: a user proven by a token, or a command run on the server's machine. The
// zero Actor may do nothing.
type Actor struct {
	tenant   ilsai.TenantID // "" for a command
	name     string
	platform bool           // may administer every tenant
	own      ilsai.TenantID // the one tenant it may administer, or ""
}

// UserActor is a signed-in user. platform is the id of the platform's own tenant, "" for none.
func UserActor(p Principal, platform ilsai.TenantID) Actor {
	a := Actor{tenant: p.Tenant.ID, name: string(p.UserID), platform: IsPlatformAdmin(p, platform)}
	if IsTenantAdmin(p, p.Tenant.ID) {
		a.own = p.Tenant.ID
	}
	return a
}

// CommandActor is a command of whoever runs the server: it may administer everything, because it can
// read and write the database anyway. name is what the audit log says, for example "cli".
func CommandActor(name string) Actor { return Actor{name: name, platform: name != ""} }

// errForbidden is the one sentence for every refusal, so that it does not tell an existing tenant from
// one that does not exist.
const errForbidden = "Your role does not allow this. Ask an administrator of your shop or of the platform."

// onPlatform reports, as ilsai.CodeForbidden, that an actor does not administer the platform.
func (by Actor) onPlatform() error {
	if by.platform {
		return nil
	}
	return ilsai.Errorf(ilsai.CodeForbidden, errForbidden)
}

// on reports, as ilsai.CodeForbidden, that an actor does not administer a tenant.
func (by Actor) on(tenant ilsai.TenantID) error {
	if by.platform || tenant != "" && by.own == tenant {
		return nil
	}
	return ilsai.Errorf(ilsai.CodeForbidden, errForbidden)
}
