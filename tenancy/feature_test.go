package tenancy_test

import (
	"slices"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Chat stands in the ledger, is part of every tier, and is nothing that can be asked for by name.
func TestQueryChat(t *testing.T) {
	t.Parallel()
	if !tenancy.QueryChat.Valid() {
		t.Error("a usage row cannot hold it")
	}
	if _, err := tenancy.ParseQueryType("chat"); ilsai.ErrorCode(err) != ilsai.CodeInvalid || slices.Contains(tenancy.QueryTypes(), tenancy.QueryChat) {
		t.Errorf("parsed with %v", err)
	}
	for _, p := range tenancy.Plans() {
		if err := tenancy.Allow(p.Tier, tenancy.QueryChat); err != nil {
			t.Errorf("%s: %v", p.Tier, err)
		}
	}
	if err := tenancy.Allow("gold", tenancy.QueryChat); ilsai.ErrorCode(err) != ilsai.CodeFeatureDisabled {
		t.Errorf("an unknown tier: %v", err)
	}
	m := tenancy.NewMetrics([]tenancy.Tally{{QueryType: tenancy.QueryChat, Count: 2}, {QueryType: tenancy.QuerySales, Count: 1}})
	if got := m.MostCommonQueryTypes; !slices.Equal(got, []tenancy.QueryType{tenancy.QueryChat, tenancy.QuerySales}) {
		t.Errorf("most common %v", got)
	}
}
