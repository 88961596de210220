package assistant_test

import (
	"encoding/json"
	"testing"
)

func TestAsk(t *testing.T) {
	db := openShop(t)
	sell(t, db,
		line{1, "2026-11-02", 1, 1, 1, 1, 2, 0},
		line{1, "2026-11-02", 1, 1, 1, 4, 1, 1000},
		line{2, "2026-11-20", 2, 2, 2, 2, 1, 0},
		line{3, "2026-10-20", 2, 2, 2, 2, 3, 0},
		line{4, "2026-10-31", 3, 3, 3, 1, 9, 0},
	)
	s := &script{
		plan:   `{"metric":"revenue","by":["product"],"period":"this_month","compare":"previous","order":"desc","limit":3}`,
		answer: "So far {period}, {r1.product} leads with {r1.revenue} ({r1.change_rate}), then {r2.product} with {r2.revenue}; the top 3 are part of {total.revenue}.",
	}
	a, _ := asker(t, db, s)
	got := ask(t, a, "What were our top 3 products this month?")
	out, _ := json.MarshalIndent(got, "", " ")
	t.Logf("%s", out)
	for _, g := range s.seen {
		t.Logf("%+v", g)
	}
	if got.PhrasingErr != nil {
		t.Error(got.PhrasingErr)
	}
}
