package tenancy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func validTenant() tenancy.Tenant {
	return tenancy.Tenant{ID: "abc123", Code: "optical-shop-1", Name: "Optique Élysée", Tier: tenancy.TierProfessional,
		Status: tenancy.StatusActive, TimeZone: "Europe/Paris", Currency: "EUR"}
}

func TestTenantValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*tenancy.Tenant)
		ok     bool
	}{
		"as it is":            {func(*tenancy.Tenant) {}, true},
		"past due":            {func(x *tenancy.Tenant) { x.Status = tenancy.StatusPastDue }, true},
		"UTC":                 {func(x *tenancy.Tenant) { x.TimeZone = "UTC" }, true},
		"no id":               {func(x *tenancy.Tenant) { x.ID = "" }, false},
		"id with a path":      {func(x *tenancy.Tenant) { x.ID = "../x" }, false},
		"no code":             {func(x *tenancy.Tenant) { x.Code = "" }, false},
		"code with a space":   {func(x *tenancy.Tenant) { x.Code = "a b" }, false},
		"no name":             {func(x *tenancy.Tenant) { x.Name = "" }, false},
		"name of 121 letters": {func(x *tenancy.Tenant) { x.Name = strings.Repeat("é", 121) }, false},
		"name with a newline": {func(x *tenancy.Tenant) { x.Name = "a\nb" }, false},
		"reordering name":     {func(x *tenancy.Tenant) { x.Name = "a\u202eb" }, false},
		"broken UTF-8":        {func(x *tenancy.Tenant) { x.Name = "a\xff" }, false},
		"unknown tier":        {func(x *tenancy.Tenant) { x.Tier = "gold" }, false},
		"unknown status":      {func(x *tenancy.Tenant) { x.Status = "paused" }, false},
		"no time zone":        {func(x *tenancy.Tenant) { x.TimeZone = "" }, false},
		"the server's zone":   {func(x *tenancy.Tenant) { x.TimeZone = "Local" }, false},
		"unknown zone":        {func(x *tenancy.Tenant) { x.TimeZone = "Mars/Olympus" }, false},
		"zone with a path":    {func(x *tenancy.Tenant) { x.TimeZone = "../../etc/passwd" }, false},
		"no currency":         {func(x *tenancy.Tenant) { x.Currency = "" }, false},
		"lower-case currency": {func(x *tenancy.Tenant) { x.Currency = "eur" }, false},
		"unknown currency":    {func(x *tenancy.Tenant) { x.Currency = "ABC" }, false},
		"two currencies":      {func(x *tenancy.Tenant) { x.Currency = "D E" }, false},
	} {
		x := validTenant()
		c.change(&x)
		err := x.Validate()
		if c.ok && err != nil || !c.ok && ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %v, want ok %v", name, err, c.ok)
		}
		if err != nil && ilsai.ErrorMessage(err) == "" {
			t.Errorf("%s: no message for people", name)
		}
	}
}

func TestUsageEventValidate(t *testing.T) {
	t.Parallel()
	id, err := tenancy.NewEventID()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*tenancy.UsageEvent)
		ok     bool
	}{
		"as it is":              {func(*tenancy.UsageEvent) {}, true},
		"failed":                {func(e *tenancy.UsageEvent) { e.Success, e.ErrorType = false, ilsai.CodeDeadline }, true},
		"from the cache":        {func(e *tenancy.UsageEvent) { e.FromCache, e.TokensUsed = true, 0 }, true},
		"bad tenant":            {func(e *tenancy.UsageEvent) { e.TenantID = "A" }, false},
		"no event id":           {func(e *tenancy.UsageEvent) { e.EventID = "" }, false},
		"event id in capitals":  {func(e *tenancy.UsageEvent) { e.EventID = strings.ToUpper(e.EventID) }, false},
		"event id of version 4": {func(e *tenancy.UsageEvent) { e.EventID = "7d444840-9dc0-41d1-b245-5ffdce74fad2" }, false},
		"unknown kind":          {func(e *tenancy.UsageEvent) { e.QueryType = "weather" }, false},
		"no timestamp":          {func(e *tenancy.UsageEvent) { e.Timestamp = time.Time{} }, false},
		"negative tokens":       {func(e *tenancy.UsageEvent) { e.TokensUsed = -1 }, false},
		"negative time":         {func(e *tenancy.UsageEvent) { e.ResponseTimeMS = -1 }, false},
		"cached, yet billed":    {func(e *tenancy.UsageEvent) { e.FromCache = true }, false},
		"success with error":    {func(e *tenancy.UsageEvent) { e.ErrorType = ilsai.CodeInternal }, false},
		"endless question":      {func(e *tenancy.UsageEvent) { e.Question = strings.Repeat("a", 64<<10+1) }, false},
	} {
		e := tenancy.UsageEvent{TenantID: "abc123", UserID: "456", QueryType: tenancy.QuerySales, Question: "What were our top selling products?",
			TokensUsed: 150, ResponseTimeMS: 1200, Success: true, Timestamp: time.Date(2025, 11, 3, 14, 30, 0, 0, time.UTC), EventID: id}
		c.change(&e)
		if err := e.Validate(); c.ok && err != nil || !c.ok && ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %v, want ok %v", name, err, c.ok)
		}
	}
}
