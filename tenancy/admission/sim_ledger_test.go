package admission_test

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

var errLedgerAway = ilsai.Errorf(ilsai.CodeUnavailable, "the ledger is away")

// keyState is what a client may rely on for one key of a shop: worked out from what went into the
// ledger, not read from it.
type keyState struct {
	holder  string // event of the admission that claimed it last
	by      *asked // its question
	jumps   int    // how often the clock had been set by then
	lease   time.Time
	expires time.Time
	settled bool
	body    string // of the stored reply
}

// simLedger is the ledger as a process sees it: every step waits to be picked.
type simLedger struct{ *process }

func (l simLedger) step(ctx context.Context, step string, apply func() error) error {
	n := asking(ctx)
	v, ok := l.wait(ctx, n, step)
	l.mu.Lock()
	defer l.mu.Unlock()
	if step != "admit" { // a step that failed may be repeated: the last try counts
		l.asked[n].unrecorded = v.fails
	}
	switch {
	case !ok && l.dead:
		return errLedgerAway
	case !ok:
		l.saw(ledgerLate)
		return ilsai.Wrap(ilsai.CodeDeadline, ctx.Err(), "late")
	case v.fails && !v.applied:
		l.saw(ledgerFailed)
		return errLedgerAway
	}
	err := apply()
	if v.fails {
		l.saw(ledgerUnknown)
		l.asked[n].unknown = l.asked[n].unknown || err == nil
		return errLedgerAway
	}
	return err
}

// Admit implements tenancy.Ledger.
func (l simLedger) Admit(ctx context.Context, a tenancy.Admission) (out tenancy.Admitted, err error) {
	l.mu.Lock()
	jumps := l.jumps // when a.Now was read
	l.mu.Unlock()
	err = l.step(ctx, "admit", func() error {
		if out, err = l.ledger.Admit(ctx, a); err == nil && a.Key != nil {
			l.claimed(l.asked[asking(ctx)], jumps, a, out)
		}
		return err
	})
	if err != nil {
		return tenancy.Admitted{}, err
	}
	return out, nil
}

func (l simLedger) claimed(q *asked, jumps int, a tenancy.Admission, out tenancy.Admitted) {
	name := string(a.TenantID) + " " + a.Key.Key
	k := l.keys[name]
	live := k != nil && k.settled && a.Now.Before(k.expires)
	switch {
	case out.Replay != nil:
		if !live || string(out.Replay.Body) != k.body {
			l.faultf("key %s replays %q, stored was %+v", name, out.Replay.Body, k)
		}
		return
	case k == nil:
		k = &keyState{}
	case live:
		l.faultf("key %s is admitted anew although %+v", name, k)
	case k.settled:
		l.saw(expired)
		k = &keyState{}
	case a.Now.Before(k.lease):
		l.faultf("key %s is claimed twice: %+v", name, k)
	case !k.lease.IsZero():
		if !k.by.ended && !k.by.process.dead && k.jumps == jumps {
			l.faultf("key %s is taken from question %d, which is being answered", name, k.by.n)
		}
		l.saw(takenOver)
	}
	k.by, k.jumps = q, jumps
	k.holder, k.lease, k.expires = a.EventID, a.Now.Add(a.Lease), a.Now.Add(a.Key.TTL)
	l.keys[name] = k
}

// Settle implements tenancy.Ledger.
func (l simLedger) Settle(ctx context.Context, s tenancy.Settlement) error {
	return l.end(ctx, "settle", s)
}

// Refund implements tenancy.Ledger.
func (l simLedger) Refund(ctx context.Context, s tenancy.Settlement) error {
	return l.end(ctx, "refund", s)
}

func (l simLedger) end(ctx context.Context, step string, s tenancy.Settlement) error {
	return l.step(ctx, step, func() error {
		before := l.reserved(s.Event.TenantID, s.Month)
		var err error
		if step == "settle" {
			err = l.ledger.Settle(ctx, s)
		} else {
			err = l.ledger.Refund(ctx, s)
		}
		if err != nil {
			return err
		}
		billed := s.Event.Success && !s.Event.FromCache
		if billed && l.reserved(s.Event.TenantID, s.Month) == before { // its reservation had ended before
			l.saw(settledLate)
			l.late[s.Event.TenantID]++
		}
		// The key of one that lost it to another stays that one's.
		if k := l.keys[string(s.Event.TenantID)+" "+s.Key]; k != nil && k.holder == s.Event.EventID {
			if k.settled = s.Reply != nil; k.settled {
				k.body = string(s.Reply.Body)
			} else {
				k.lease = time.Time{} // free
			}
		}
		return nil
	})
}

func (p *process) reserved(shop ilsai.TenantID, month tenancy.Month) int {
	q, _ := p.ledger.Quota(context.Background(), shop, month)
	return q.Reserved
}

// AppendUsage implements admission.Ledger.
func (l simLedger) AppendUsage(ctx context.Context, e *tenancy.UsageEvent) error {
	return l.step(ctx, "append", func() error { return l.ledger.AppendUsage(ctx, e) })
}

// Quota implements tenancy.Ledger.
func (l simLedger) Quota(ctx context.Context, shop ilsai.TenantID, month tenancy.Month) (tenancy.Quota, error) {
	return l.ledger.Quota(ctx, shop, month)
}

// ReapLedger implements tenancy.Ledger.
func (l simLedger) ReapLedger(ctx context.Context, now time.Time) error {
	return l.ledger.ReapLedger(ctx, now)
}
