package assistant_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant"
)

// Progress names the stages in their order, where a question waits, and never a cell.
func TestAskTellsItsProgress(t *testing.T) {
	t.Parallel()
	s := &script{answer: "It was {r1.revenue}."}
	s.planFunc = func(g assistant.Generation) (assistant.Completion, error) {
		g.Waiting(3, 1500*time.Millisecond)
		c := completion(`{"metric":"revenue","period":"last_month"}`, 30)
		c.Position = 3
		return c, nil
	}
	a, _ := asker(t, quietShop(t), s)
	var told []assistant.Progress
	q := question(t, "revenue last month")
	q.Progress = func(p assistant.Progress) { told = append(told, p) }
	got, err := a.Ask(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	stages := ""
	for _, p := range told {
		stages += string(p.Stage) + " "
	}
	if stages != "queued reading writing " {
		t.Fatalf("stages %q", stages)
	}
	if told[0].Position != 3 || told[0].ETAMS != 1500 || told[1].PlanWords != "Revenue, last month" || told[2].Period == nil {
		t.Errorf("told %+v", told)
	}
	if got.Timing.QueuePosition != 3 {
		t.Errorf("timing %+v, want the position it was told", got.Timing)
	}
	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Citations {
		if strings.Contains(string(text), c.Text) {
			t.Errorf("progress %s holds the cell %s", text, c.Text)
		}
	}
}
