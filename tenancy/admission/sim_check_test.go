package admission_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func (w *world) faultf(format string, args ...any) {
	w.fault = append(w.fault, fmt.Sprintf(format, args...))
}

// check holds the clients' view against the ledger: every question has at most one row and every
// answer exactly one, with the tokens it was told; every run of the engine is billed at most once, to
// the shop it ran for; no shop reads another's words; no window of a minute has more than was agreed, and
// no month, but for answers that came after their lease; a key is held by one question at a time and is
// answered once.
func (w *world) check() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.fault {
		w.t.Error(f)
	}
	rows, billed, months := map[string]tenancy.UsageEvent{}, map[int]int{}, map[string]int{}
	for _, e := range w.ledger.Rows() {
		if _, twice := rows[e.RequestID]; twice {
			w.t.Errorf("question %s has two rows", e.RequestID)
		}
		rows[e.RequestID] = e
		if !e.Success && e.TokensUsed != 0 || e.FromCache && e.TokensUsed != 0 {
			w.t.Errorf("billed for nothing: %+v", e)
		}
		if !e.Success || e.FromCache {
			continue
		}
		n := e.PromptTokens
		if billed[n]++; n < 1 || n > len(w.runs) || w.runs[n-1] != (run{string(e.TenantID), e.Question}) || e.TokensUsed != n+e.CompletionTokens {
			w.t.Errorf("row %+v is of no run", e)
		}
		if billed[n] > 1 {
			w.t.Errorf("run %d is billed %d times", n, billed[n])
		}
		months[string(e.TenantID)+" "+string(tenancy.MonthOf(e.Timestamp, time.UTC))]++
	}
	for _, q := range w.asked {
		w.checkQuestion(q, rows)
	}
	for _, p := range simShops {
		for _, month := range []tenancy.Month{"2026-11", "2026-12", "2027-01"} {
			if n := months[string(p.Tenant.ID)+" "+string(month)]; n > perMonth+w.late[p.Tenant.ID] {
				w.t.Errorf("shop %s: %d queries in %s, %d are agreed and %d came late", p.Tenant.ID, n, month, perMonth, w.late[p.Tenant.ID])
			}
		}
		stamps := w.process.admitted[string(p.Tenant.ID)]
		if n := len(stamps); n > perMinute && stamps[n-1]-stamps[n-1-perMinute] < time.Minute {
			w.t.Errorf("shop %s: %d admitted within a minute", p.Tenant.ID, perMinute+1)
		}
	}
}

func (w *world) checkQuestion(q *asked, rows map[string]tenancy.UsageEvent) {
	w.t.Helper()
	e, found := rows[fmt.Sprint(q.n)]
	switch {
	case !q.ended:
	case q.lost || q.unknown:
	case q.err != nil && found && e.Success:
		w.t.Errorf("question %d failed with %v and is recorded as answered", q.n, q.err)
	case q.err != nil:
		if found != (q.reply.Admitted && !q.unrecorded) {
			w.t.Errorf("question %d: admitted %v, unrecorded %v, failed with %v, row %v", q.n, q.reply.Admitted, q.unrecorded, q.err, found)
		}
	case !strings.HasPrefix(string(q.reply.Body), string(q.p.Tenant.ID)+" "+q.text+" "):
		w.t.Errorf("shop %s asked %s and got %q", q.p.Tenant.ID, q.text, q.reply.Body)
	case q.reply.Replayed && found:
		w.t.Errorf("question %d was a replay and has the row %+v", q.n, e)
	case q.reply.Replayed:
	case !found || !e.Success || e.FromCache != q.reply.FromCache:
		w.t.Errorf("question %d was answered, row %v %+v", q.n, found, e)
	case !strings.HasSuffix(string(q.reply.Body), fmt.Sprintf(", %d tokens, cached %v", e.TokensUsed, e.FromCache)):
		w.t.Errorf("question %d was told %q, row %+v", q.n, q.reply.Body, e)
	}
}

// count counts how questions ended, once all have.
func (w *world) count() {
	for _, q := range w.asked {
		switch ilsai.ErrorCode(q.err) {
		case "":
			w.saw(acked)
		case ilsai.CodeRateLimited:
			w.saw(rateRefused)
		case ilsai.CodeQuotaExceeded:
			w.saw(quotaRefused)
		case ilsai.CodeConflict:
			w.saw(conflicted)
		case ilsai.CodeKeyReused:
			w.saw(misused)
		case ilsai.CodeDeadline:
			w.saw(timedOut)
		}
		if q.reply.Replayed {
			w.saw(replayed)
		}
		if q.reply.FromCache {
			w.saw(fromMemory)
		}
	}
}
