package assistant_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// TestModelNeverSeesNumbersOfPeople: what is known by its form is replaced in every prompt, and so in the answer.
func TestModelNeverSeesNumbersOfPeople(t *testing.T) {
	t.Parallel()
	s := &script{plan: `{"metric":"revenue","period":"default"}`, answer: "Revenue {period} was {r1.revenue}."}
	a, _ := asker(t, busyShop(t, 1, 1), s)
	got := ask(t, a, "Revenue of maria@example.com, 555-234-5678, since 123-45-6789?")
	body, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.seen {
		for _, value := range []string{"maria", "5678", "6789"} {
			if strings.Contains(g.User+g.Grammar+string(body), value) {
				t.Errorf("%s is in a prompt, a grammar or the answer", value)
			}
		}
	}
	if len(s.seen) != 2 || !strings.Contains(s.seen[0].User, "[email_address]") {
		t.Errorf("prompts: %+v", s.seen)
	}
}

// TestStrangersAreNotNamed: a name that is nobody's of the shop is not repeated; that of its own staff is.
func TestStrangersAreNotNamed(t *testing.T) {
	t.Parallel()
	s := &script{plan: `{"metric":"revenue","where":[" john smith"],"period":"default"}`, answer: "Revenue {period} was {r1.revenue}."}
	a, _ := asker(t, busyShop(t, 1, 1), s)
	got := ask(t, a, "How much did John Smith buy?")
	body, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if got.Unknown == nil || got.Unknown.Asked != "[PERSON]" || strings.Contains(strings.ToLower(string(body)), "smith") {
		t.Errorf("got %s", body)
	}
	s.plan = `{"metric":"revenue","where":[" maria lopez"],"period":"default"}`
	if got := ask(t, a, "How much did Maria Lopez sell?"); got.Unknown != nil || len(got.Filters) != 1 || got.Filters[0].Values[0] != "Maria Lopez" {
		t.Errorf("got %+v", got)
	}
}

// patientsAsker is an assistant over 40 patients of one plan and 3 of another, whose name somebody wrote an address into.
func patientsAsker(t *testing.T, s *script) *assistant.Assistant {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "patients.db")+"?_journal=OFF&_sync=OFF")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run(t, db, semantic.PatientsSchemaSQLite)
	run(t, db, `INSERT INTO stores VALUES (1, 'Downtown', 'Boston')`)
	for i := range 63 {
		plan := []string{"Blue maria@example.com", "Red", "Red"}[i%3]
		if i < 3 {
			plan = "Green"
		}
		run(t, db, `INSERT INTO patients VALUES (?, ?, ?, 1, '2026-11-02', NULL)`, i, 1950+i, plan)
		run(t, db, `INSERT INTO visits VALUES (?, ?, 1, '2026-11-02', 'Myopia', 'Progressive', -200)`, i, i)
	}
	a, err := assistant.New(assistant.Options{
		Generator: s, Data: &shops{dbs: dbsOf(db)}, Catalogues: []*semantic.Catalogue{semantic.Patients()}, Model: "test", Now: func() time.Time { return monday },
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnswersAboutPatientsAreChecked(t *testing.T) {
	t.Parallel()
	s := &script{plan: `{"metric":"visits","by":["insurance_plan"],"period":"this_month"}`, answer: "{r1.insurance_plan} had {r1.visits} visits."}
	a := patientsAsker(t, s)
	q := question(t, "Visits by insurance plan this month")
	q.QueryType = "patients"
	got, err := a.Ask(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(body); strings.Contains(text, "maria") || !strings.Contains(text, "Blue [EMAIL_ADDRESS]") {
		t.Errorf("the address is in the answer, or its mark is not: %s", text)
	}
	// Green has 3 visits; Blue, the smallest other, goes with it, and so does the total of 63.
	hidden := 0
	for _, row := range got.Data.Rows {
		if row[1] == (semantic.Suppressed{}) {
			hidden++
		}
	}
	if hidden != 2 || !got.Data.Suppressed || got.Data.Total != nil || got.Notice == "" || !strings.Contains(string(body), `"not shown"`) {
		t.Errorf("%d cells are hidden: %s", hidden, body)
	}
	for _, row := range got.Data.Rows {
		if n, ok := row[1].(int64); ok && n != 40 {
			t.Errorf("the row %v is shown", fmt.Sprint(row))
		}
	}
}

func TestPatientsGuardInTheAssistant(t *testing.T) {
	t.Parallel()
	s := &script{}
	q := question(t, "What are the patients' names?")
	q.QueryType = "patients"
	if _, err := patientsAsker(t, s).Ask(context.Background(), q); ilsai.ErrorCode(err) != ilsai.CodePrivacy || len(s.seen) > 0 {
		t.Errorf("got %v after %d generations", err, len(s.seen))
	}
}
