package server

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// listAudit is GET /api/admin/audit?tenant=: of all tenants and the platform's own, or of one.
func (s *Server) listAudit(c *fiber.Ctx) error {
	return s.writeAudit(c, ilsai.TenantID(strings.Clone(c.Query("tenant"))))
}

func (s *Server) listTenantAudit(c *fiber.Ctx) error { return s.writeAudit(c, tenantParam(c)) }

func (s *Server) writeAudit(c *fiber.Ctx, tenant ilsai.TenantID) error {
	page, err := newPage(c)
	if err != nil {
		return err
	}
	entries, err := s.Admin.Audit(c.UserContext(), s.actor(c), tenant, page)
	if err != nil {
		return err
	}
	return c.JSON(newList(entries, page.Limit, func(e tenancy.AuditEntry) any { return e.ID }))
}

// usageRow is a row of the usage log without the question: a bill needs none.
type usageRow struct {
	tenancy.UsageEvent

	Question *struct{} `json:"question,omitempty"` // hides the embedded one
}

// listUsage is GET /api/admin/tenants/:id/usage?format=, as JSON or CSV.
func (s *Server) listUsage(c *fiber.Ctx) error {
	page, err := newPage(c)
	if err != nil {
		return err
	}
	format := c.Query("format", "json")
	if format != "json" && format != "csv" {
		return ilsai.Errorf(ilsai.CodeInvalid, "format is json or csv.")
	}
	id := tenantParam(c)
	events, err := s.Admin.Usage(c.UserContext(), s.actor(c), id, page)
	if err != nil {
		return err
	}
	if format == "csv" {
		return writeUsageCSV(c, id, events, page.Limit)
	}
	rows := make([]usageRow, len(events))
	for i, e := range events {
		rows[i].UsageEvent = e
	}
	return c.JSON(newList(rows, page.Limit, func(r usageRow) any { return r.ID }))
}

// writeUsageCSV tells in a header where the next page begins, as next_after does in JSON.
func writeUsageCSV(c *fiber.Ctx, id ilsai.TenantID, events []tenancy.UsageEvent, limit int) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(tenancy.UsageCSVHeader()) // a buffer takes everything
	for _, e := range events {
		_ = w.Write(tenancy.UsageCSVRow(e))
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	if len(events) == limit {
		c.Set("X-Next-After", strconv.FormatInt(events[len(events)-1].ID, 10))
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="usage-%s.csv"`, id)) // of a tenant that exists: its id is safe here
	return c.Send(b.Bytes())
}

// bounds reads from and to; what is missing does not bound.
func bounds(c *fiber.Ctx) (from, to time.Time, err error) {
	for _, b := range []struct {
		name string
		at   *time.Time
	}{{"from", &from}, {"to", &to}} {
		text := strings.ReplaceAll(c.Query(b.name), " ", "+") // a zone's plus sign, when the client did not escape it
		if text == "" {
			continue
		}
		if *b.at, err = parseBound(strings.Clone(text), time.UTC); err != nil {
			return from, to, ilsai.Wrap(ilsai.CodeInvalid, err, "%s is a date such as 2026-11-03, or a time such as 2026-11-03T14:30:00Z.", b.name)
		}
	}
	return from, to, nil
}
