package server

import (
	"bytes"
	"context"
	"hash/maphash"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// Login signs in the users of the control store; tenancy.LocalLogin does.
type Login interface {
	Login(ctx context.Context, tenantCode, email, password string) (tenancy.Session, error)
}

const (
	// loginsPerMinute is how often one address, and one account, may try. An account locks after fewer
	// wrong passwords; this keeps guessing at many accounts, and the cost of hashing, within bounds.
	loginsPerMinute = 10
	// loginKeys bounds the memory of the limit: addresses and accounts share that many places each. Which
	// share one is not foreseeable, and it takes thousands of attempts a second to fill them.
	loginKeys = 1 << 14
)

// loginLimit is the limit on attempts to sign in, by address and by account.
type loginLimit struct {
	seed    maphash.Seed
	limiter *limit.Local
}

func newLoginLimit(now func() time.Time) *loginLimit {
	began := now()
	return &loginLimit{seed: maphash.MakeSeed(), limiter: limit.NewLocal(limit.Options{Clock: func() time.Duration { return now().Sub(began) }})}
}

// allow counts an attempt of a kind of thing named by name. Errors: ilsai.CodeRateLimited.
func (l *loginLimit) allow(ctx context.Context, kind byte, name string) error {
	place := maphash.String(l.seed, name) % loginKeys
	d, err := l.limiter.Allow(ctx, string(kind)+strconv.FormatUint(place, 36), loginsPerMinute)
	if err != nil || d.Allowed {
		return err
	}
	return ilsai.Wrap(ilsai.CodeRateLimited, &tenancy.RetryError{After: d.RetryAfter},
		"There were too many attempts to sign in. Wait a minute, then try again.")
}

// sessionState is the reply to POST /api/auth/login.
type sessionState struct {
	Token     string      `json:"token"`
	TokenType string      `json:"token_type"`
	ExpiresAt time.Time   `json:"expires_at"`
	Tenant    loginTenant `json:"tenant"`
	User      loginUser   `json:"user"`
}

type loginTenant struct {
	ID   ilsai.TenantID `json:"id"`
	Code string         `json:"code"`
	Name string         `json:"name"`
	Tier tenancy.Tier   `json:"tier"`
}

type loginUser struct {
	ID    tenancy.UserID `json:"id"`
	Email string         `json:"email"`
	Name  string         `json:"name"`
	Role  string         `json:"role"`
}

// login is POST /api/auth/login. Both limits come before anything is looked up, so that they say nothing
// about whether a shop or an account exists.
func (s *Server) login(c *fiber.Ctx) error {
	if s.Login == nil {
		return ilsai.Errorf(ilsai.CodeNotFound, "Users sign in by the ILS platform here. Sign in there; it passes its token on.")
	}
	if err := s.logins.allow(c.UserContext(), 'a', s.clientAddress(c)); err != nil {
		return err
	}
	var tenant, email, password string
	if err := readBody(c, members{"tenant": &tenant, "email": &email, "password": &password}); err != nil {
		return err
	}
	account := strings.ToLower(strings.TrimSpace(email))
	if normal, err := tenancy.NormalizeEmail(email); err == nil {
		account = normal
	}
	if err := s.logins.allow(c.UserContext(), 'u', tenant+"\x00"+account); err != nil {
		return err
	}
	session, err := s.Login.Login(c.UserContext(), tenant, email, password)
	if err != nil {
		return err
	}
	return c.JSON(newSessionState(session))
}

func newSessionState(session tenancy.Session) sessionState {
	t, p := session.Principal.Tenant, session.Principal
	return sessionState{
		Token: session.Token, TokenType: "Bearer", ExpiresAt: session.ExpiresAt,
		Tenant: loginTenant{ID: t.ID, Code: t.Code, Name: t.Name, Tier: t.Tier},
		User:   loginUser{ID: p.UserID, Email: p.Email, Name: session.Name, Role: p.Role},
	}
}

// clientAddress is whom a connection comes from. A trusted proxy's word counts for the address before it
// and no other one's; from an IPv6 network of 64 bits anyone has all addresses, so it is one.
func (s *Server) clientAddress(c *fiber.Ctx) string {
	at := remoteAddress(c.Context().RemoteIP())
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) // a proxy may add a line of its own below the client's
	hops := strings.Split(string(bytes.Join(lines, []byte(","))), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(at); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = before.Unmap()
	}
	if at.Is6() {
		if network, err := at.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}

func remoteAddress(ip net.IP) netip.Addr {
	at, _ := netip.AddrFromSlice(ip) // the zero address when there is none
	return at.Unmap()
}

func (s *Server) trusts(at netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(at) {
			return true
		}
	}
	return false
}
