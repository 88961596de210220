package llama

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkNewSampler is what a request with a plan-sized grammar (about 20 KB) costs to submit.
func BenchmarkNewSampler(b *testing.B) {
	var g strings.Builder
	g.WriteString("root ::= \"metric: \" metric \"\\n\" (\"filter: \" filter \"\\n\")* \"limit: \" [1-9] [0-9]?\nmetric ::= ")
	for i := range 400 {
		fmt.Fprintf(&g, "%q | ", fmt.Sprintf("metric_number_%d", i))
	}
	g.WriteString("\"revenue\"\nfilter ::= ")
	for i := range 400 {
		fmt.Fprintf(&g, "%q | ", fmt.Sprintf("dimension_number_%d = ", i))
	}
	g.WriteString("\"store = \" [a-z]+\n")
	m := tinyModel(b)
	b.SetBytes(int64(g.Len()))
	for b.Loop() {
		s, err := m.NewSampler(Sampling{}, g.String())
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
